import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Publishes messages to a topic, a phone or an endpoint of Amazon SNS.
///
/// Sources: <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>; Alertmanager 0.25, `notify/sns/sns.go`.
struct SNSIntegration: Integration {
    // The vendor's limits, in bytes.
    private static let messageLimit = 256 * 1024
    private static let shortMessageLimit = 1600

    private typealias Texts = [(name: String, text: MessageTemplate)]

    private let address: MessageTemplate
    private let signature: AWSSignature
    private let targets: Texts
    private let subject: MessageTemplate
    private let message: MessageTemplate
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
        attributes = context.texts("attributes")
        targets = [("TopicArn", "topic_arn"), ("PhoneNumber", "phone_number"), ("TargetArn", "target_arn")]
            .map { ($0.0, context.text($0.1)) }.filter { !$0.1.isEmpty }
        if targets.isEmpty {
            reader.report("setting_missing", "'topic_arn', 'phone_number' or 'target_arn' is missing")
        }
        let address = context.text("api_url")
        guard let signature = SNSIntegration.signature(reader.mapping("sigv4")) else { return nil }
        self.signature = signature
        let isInChina = signature.region.hasPrefix("cn-")
        self.address =
            address.isEmpty
            ? MessageTemplate("https://sns.\(signature.region).amazonaws.com\(isInChina ? ".cn" : "")") : address
    }

    private static func signature(_ reader: MappingReader) -> AWSSignature? {
        defer { reader.finish() }
        let unsupported = ["profile", "role_arn", "external_id", "session_name", "tags"]
        for name in unsupported where reader.node(name) != nil {
            reader.report(
                "setting_unsupported", "'\(name)' is not supported yet; give 'access_key' and 'secret_key'", name: name)
        }
        for name in ["use_fips_sts_endpoint", "service_name"] { _ = reader.node(name) }
        guard let region = reader.requiredString("region"), let key = reader.requiredString("access_key"),
            let secret = reader.requiredString("secret_key")
        else { return nil }
        return AWSSignature(accessKey: key, secretKey: Secret(secret), region: region, service: "sns")
    }

    func request(
        for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let body = Array(URLEscaping.form(try members(notification, render)).utf8)
        guard let url = URL(string: try render(address)), let host = url.host else {
            throw FailureReason.vendorRefused
        }
        let path = url.path(percentEncoded: true)
        let base = path.hasSuffix("/") ? path : path + "/"
        let authority = host + (url.port.map { ":\($0)" } ?? "")
        let type = "application/x-www-form-urlencoded; charset=utf-8"
        let signed = signature.headers(
            method: "POST", host: authority, path: base, headers: [("content-type", type)], body: body, now: now)
        return http.request(
            to: Secret("\(url.scheme ?? "https")://\(authority)\(base)"),
            headers: [.init("Content-Type", Secret(type), isSecret: false)] + signed, body: body)
    }

    private func members(
        _ notification: TocsinAlerts.Notification, _ render: MessageRenderer
    ) throws -> [(String, String)] {
        var members = [("Action", "Publish"), ("Version", "2010-03-31")]
        let targets = try render(targets)
        members += targets
        if targets.contains(where: { $0.0 == "TopicArn" && $0.1.hasSuffix(".fifo") }) {
            let key = notification.groupKeyHash
            members += [("MessageDeduplicationId", key), ("MessageGroupId", key)]
        }
        let isShort = targets.contains { $0.0 == "PhoneNumber" }
        let limit = isShort ? SNSIntegration.shortMessageLimit : SNSIntegration.messageLimit
        let whole = try render(message)
        let message = Truncation.bytesWithoutMark(whole, limit: limit)
        members.append(("Message", message))
        if !subject.isEmpty { members.append(("Subject", try render(subject))) }
        var attributes = try render(attributes)
        if message != whole { attributes.append(("truncated", "true")) }
        for (index, attribute) in attributes.sorted(by: { $0.0 < $1.0 }).enumerated() {
            let name = "MessageAttributes.entry.\(index + 1)"
            members += [
                (name + ".Name", attribute.0), (name + ".Value.DataType", "String"),
                (name + ".Value.StringValue", attribute.1),
            ]
        }
        return members
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        let code = SNSIntegration.element("Code", of: response.text)
        switch code {
        case "Throttling", "Throttled", "ThrottlingException", "KMSThrottling":
            return .retry(after: RetryAfter.read(response, now: now), reason: .rateLimited)
        // The clocks differ for a moment, or the request waited too long on its way.
        case "RequestExpired": return .retry(after: nil, reason: FailureReason("sns_error", detail: code))
        default: break
        }
        if (200..<300).contains(response.status) {
            let id = SNSIntegration.element("MessageId", of: response.text)
            return .delivered(vendorID: id.isEmpty ? nil : id)
        }
        if response.status == 403 { return .disable(reason: FailureReason("sns_error", detail: code)) }
        return plain(response, now: now)
    }

    /// The text of an element that is one word; nothing else of an answer is repeated.
    private static func element(_ name: String, of text: String) -> String {
        guard let start = text.firstRange(of: "<\(name)>") else { return "" }
        let word = text[start.upperBound...].prefix { $0 != "<" }.prefix(64)
        return word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") } ? String(word) : ""
    }
}
