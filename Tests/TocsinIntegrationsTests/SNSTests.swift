import Foundation
import Testing
import TocsinAlerts
import TocsinCore
import TocsinIntegrations
import TocsinTemplates
import TocsinTesting

@Suite("Amazon SNS")
struct SNSTests {
    private static let topic = "topic_arn: 'arn:aws:sns:eu-central-1:123456789012:alerts'"
    private static let keys = "sigv4: {region: eu-central-1, access_key: A, secret_key: s}"

    private func request(_ settings: String, _ notification: TocsinAlerts.Notification) throws -> DeliveryRequest {
        try MadeIntegration.make("sns", settings).request(for: notification, attempt: 1, now: GeneratedNotification.now)
    }

    /// The members of the form in the shape of the vendor's model.
    private func members(_ request: DeliveryRequest) throws -> [String: Any] {
        var form: [String: String] = [:]
        for pair in String(decoding: request.body, as: UTF8.self).split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            form[String(parts[0])] = parts[1].replacing("+", with: " ").removingPercentEncoding
        }
        var members: [String: Any] = [:]
        var attributes: [String: Any] = [:]
        for (name, value) in form where !["Action", "Version"].contains(name) {
            if name.hasSuffix(".Name") {
                let entry = name.dropLast(5)
                attributes[value] = [
                    "DataType": form[entry + ".Value.DataType"] ?? "",
                    "StringValue": form[entry + ".Value.StringValue"] ?? "",
                ]
            } else if !name.hasPrefix("MessageAttributes") {
                members[name] = value
            }
        }
        if !attributes.isEmpty { members["MessageAttributes"] = attributes }
        return members
    }

    /// The schema knows subjects of ASCII alone, as they were once.
    private func violations(_ request: DeliveryRequest) throws -> [String] {
        var members = try members(request)
        let subject = members.removeValue(forKey: "Subject") as? String ?? "x"
        let isSubject =
            (1...99).contains(subject.unicodeScalars.count)
            && subject.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        return try Contract.violations("aws-sns", Array(JSONSerialization.data(withJSONObject: members)))
            + (isSubject ? [] : ["Subject"])
    }

    @Test("Every message is one that SNS takes", arguments: 1...10 as ClosedRange<UInt64>)
    func generated(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let notification = try GeneratedNotification.make(&random)
        let subject = "subject: '{{ .CommonAnnotations.summary }}{{ .GroupLabels }}'"
        for settings in [
            "{\(SNSTests.topic), \(SNSTests.keys)}",
            "{topic_arn: 'arn:aws:sns:r:1:a.fifo', \(subject), \(SNSTests.keys), attributes: {a: '{{ .Receiver }}'}}",
            "{phone_number: '+15550100', \(subject), \(SNSTests.keys)}",
            "{\(SNSTests.topic), \(SNSTests.keys), messages: {sms: '{{ .CommonAnnotations.summary }}', email: '{{ .Receiver }}'}}",
        ] {
            let request: DeliveryRequest
            do {
                request = try self.request(settings, notification)
            } catch let error as TemplateError where error.kind == .limit {
                // More than a megabyte of text is told in parts.
                continue
            }
            #expect(try violations(request) == [], "seed \(seed) \(settings)")
        }
    }

    @Test("A message of 256 KB is sent as it is, and a longer one is cut and marked")
    func size() throws {
        let settings = "{\(SNSTests.topic), \(SNSTests.keys), subject: s, message: '{{ .CommonAnnotations.summary }}'}"
        let room = 262_144 - "truncated".utf8.count - "true".utf8.count - "String".utf8.count
        let whole = try members(request(settings, MadeIntegration.notification(String(repeating: "x", count: room))))
        #expect(whole["MessageAttributes"] == nil && (whole["Message"] as? String)?.utf8.count == room)
        let cut = try members(request(settings, MadeIntegration.notification(String(repeating: "é", count: 200_000))))
        let size = (cut["Message"] as? String)?.utf8.count ?? 0
        #expect((room - 1...room).contains(size) && cut["MessageAttributes"] != nil)
    }

    @Test("A group's messages to a FIFO topic keep their order, and none is taken for another")
    func fifo() throws {
        let settings = "{topic_arn: 'arn:aws:sns:r:1:a.fifo', \(SNSTests.keys)}"
        let firing = try MadeIntegration.notification()
        let one = try members(request(settings, firing))
        let part = try members(request(settings, firing.part(2, telling: firing.alerts)))
        #expect(one["MessageGroupId"] as? String == part["MessageGroupId"] as? String)
        #expect(one["MessageDeduplicationId"] as? String == "0b1c")
        #expect(part["MessageDeduplicationId"] as? String == "0b1c-2")
    }

    @Test("Texts for protocols go in one message, and the default is always there")
    func structure() throws {
        let settings =
            "{\(SNSTests.topic), \(SNSTests.keys), message: d, messages: {email: 'e \"{{ .Status }}\"', sms: s}}"
        let made = try members(request(settings, MadeIntegration.notification()))
        #expect(made["MessageStructure"] as? String == "json")
        let texts =
            try JSONSerialization.jsonObject(with: Data((made["Message"] as? String ?? "").utf8)) as? [String: String]
        #expect(texts == ["default": "d", "email": "e \"firing\"", "sms": "s"])
    }

    @Test(
        "A subject is what SNS takes for one",
        arguments: [("a\r\nb\u{85}\u{2028}c", "a  b  c"), ("  x", "x"), ("é", "é")])
    func subject(given: String, wanted: String) throws {
        let settings = "{\(SNSTests.topic), \(SNSTests.keys), subject: '{{ .CommonAnnotations.summary }}'}"
        #expect(try members(request(settings, MadeIntegration.notification(given)))["Subject"] as? String == wanted)
    }

    @Test("A clock that is wrong costs one more request, signed for the time that AWS says it is")
    func clock() throws {
        let made = try MadeIntegration.make("sns", "{\(SNSTests.topic), \(SNSTests.keys)}")
        let late = DeliveryResponse.answer(
            403, "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>",
            headers: [("date", "Fri, 15 Jan 2027 09:00:00 GMT")])
        let ok = DeliveryResponse.answer(200, "<PublishResponse><MessageId>m-1</MessageId></PublishResponse>")
        let delivery = MadeIntegration.delivery(try MadeIntegration.notification())
        let walk = try Walk(made, delivery, answers: [late, ok])
        #expect(walk.requests.map { $0.header("X-Amz-Date") } == ["20270115T080000Z", "20270115T090000Z"])
        #expect(walk.outcome == .delivered(vendorID: "m-1"))
        // The same answer at the right time is about the key.
        let wrong = DeliveryResponse.answer(
            403, late.body.isEmpty ? "" : String(decoding: late.body, as: UTF8.self),
            headers: [("date", "Fri, 15 Jan 2027 08:00:01 GMT")])
        let refused = try Walk(made, delivery, answers: [wrong])
        #expect(refused.requests.count == 1)
        if case .reauthenticate? = refused.outcome {} else { Issue.record("\(String(describing: refused.outcome))") }
    }
}
