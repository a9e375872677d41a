import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Publishes messages to a topic, a phone or an endpoint of Amazon SNS.
///
/// Settings: Alertmanager's, and `messages`, texts by protocol (`default`, `email`, `sms`, `sqs`, …) that are sent with
/// `MessageStructure=json`; where it has no `default`, that is `message`.
///
/// Sources: <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>; Alertmanager 0.25, `notify/sns/sns.go`.
struct SNSIntegration: Integration {
    private typealias Texts = [(name: String, text: MessageTemplate)]

    private let address: MessageTemplate
    private let aws: AWSSettings
    private let targets: Texts
    private let subject: MessageTemplate
    private let message: MessageTemplate
    private let messages: Texts
    private let attributes: Texts
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        _ = reader.bool("use_aws_http_client")
        subject = context.text("subject", template: "sns.default.subject")
        message = context.text("message", template: "sns.default.message")
        messages = context.texts("messages")
        attributes = context.texts("attributes")
        targets = [("TopicArn", "topic_arn"), ("PhoneNumber", "phone_number"), ("TargetArn", "target_arn")]
            .map { ($0.0, context.text($0.1)) }.filter { !$0.1.isEmpty }
        if targets.isEmpty {
            reader.report("setting_missing", "'topic_arn', 'phone_number' or 'target_arn' is missing")
        }
        let address = context.text("api_url")
        guard let aws = AWSSettings(reader.mapping("sigv4")) else { return nil }
        self.aws = aws
        self.address = address.isEmpty ? MessageTemplate(aws.address("sns")) : address
    }

    func request(for notification: Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest {
        try request(for: notification, now: now, ahead: .zero)
    }

    private func request(for notification: Notification, now: Timestamp, ahead: Duration) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let body = Array(URLEscaping.form(try members(notification, render)).utf8)
        let address = try render(address)
        let type = "application/x-www-form-urlencoded; charset=utf-8"
        var request = http.request(
            to: Secret(address.hasSuffix("/") ? address : address + "/"),
            headers: [.init("Content-Type", Secret(type), isSecret: false)], body: body)
        aws.authorize(&request, for: "sns", now: now, ahead: ahead)
        return request
    }

    private func members(_ notification: Notification, _ render: MessageRenderer) throws -> [(String, String)] {
        var members = [("Action", "Publish"), ("Version", "2010-03-31")]
        let targets = try render(targets)
        members += targets
        if targets.contains(where: { $0.0 == "TopicArn" && $0.1.hasSuffix(".fifo") }) {
            // A group's messages stay in their order. Alertmanager names messages after the group, so that what a group
            // has to say is lost if it says it within five minutes of what it said before.
            members += [
                ("MessageDeduplicationId", notification.id.text), ("MessageGroupId", notification.groupKeyHash),
            ]
        }
        var attributes = SNSMessage.attributes(try render(attributes))
        let isShort = targets.contains { $0.0 == "PhoneNumber" }
        let room =
            SNSMessage.messageLimit - SNSMessage.size(of: attributes) - SNSMessage.size(of: [SNSIntegration.cutMark])
        let limit = isShort ? SNSMessage.shortMessageLimit : max(0, room)
        let (text, isCut) = try text(render, limit: limit)
        // An empty message is refused.
        members.append(("Message", text.isEmpty ? MessageText.title(notification) : text))
        if !messages.isEmpty { members.append(("MessageStructure", "json")) }
        let subject = SNSMessage.subject(try render(subject))
        if !subject.isEmpty { members.append(("Subject", subject)) }
        if isCut { attributes.append(SNSIntegration.cutMark) }
        for (index, attribute) in attributes.sorted(by: { $0.0 < $1.0 }).enumerated() {
            let name = "MessageAttributes.entry.\(index + 1)"
            members += [
                (name + ".Name", attribute.0), (name + ".Value.DataType", "String"),
                (name + ".Value.StringValue", attribute.1),
            ]
        }
        return members
    }

    /// The attribute by which Alertmanager tells of a message that was cut.
    private static let cutMark = ("truncated", "true")

    private func text(_ render: MessageRenderer, limit: Int) throws -> (String, isCut: Bool) {
        guard !messages.isEmpty else {
            let whole = try render(message)
            let cut = Truncation.bytesWithoutMark(whole, limit: limit)
            return (cut, cut != whole)
        }
        var texts = try render(messages).map { (name: $0.0, text: $0.1) }
        if !texts.contains(where: { $0.name == "default" }) { texts.append(("default", try render(message))) }
        return SNSMessage.structured(texts, limit: limit)
    }

    func next(_ delivery: Delivery) throws -> DeliveryStep {
        guard let response = delivery.exchanges.last?.response else {
            return .send(try request(for: delivery.notification, now: delivery.now, ahead: .zero), step: "send")
        }
        // A clock that is wrong is no reason to lose an alert: the service says what time it is.
        if delivery.exchanges.count == 1,
            let ahead = AWSAnswer.clockDifference(response, now: delivery.now)
        {
            return .send(try request(for: delivery.notification, now: delivery.now, ahead: ahead), step: "send")
        }
        return .end(outcome(of: response, now: delivery.now), keep: nil)
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        if let outcome = AWSAnswer.common(response, now: now) { return outcome }
        let id = AWSAnswer.word(AWSAnswer.element("MessageId", of: response.text) ?? "")
        return .delivered(vendorID: id.isEmpty ? nil : id)
    }
}
