import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations

@Suite("ntfy")
struct NtfyTests {
    private func walk(_ delivery: Delivery, _ more: String = "", answers: DeliveryResponse...) throws -> Walk {
        try Walk(MadeIntegration.make("ntfy", "{topic: alerts\(more)}"), delivery, answers: answers)
    }

    private static let sent = DeliveryResponse.answer(200, #"{"id": "m1", "event": "message"}"#)

    @Test("A message says how urgent it is, and where to read on")
    func publish() throws {
        let walk = try walk(TestReceiver.delivery(), answers: NtfyTests.sent)
        let request = try #require(walk.requests.first)
        #expect(request.line == "POST https://ntfy.sh" && request.header("Authorization") == nil)
        let body = try request.members
        #expect(body["topic"] as? String == "alerts" && body["priority"] as? Int == 5)
        #expect(body["title"] as? String == "[FIRING:2] Disk (critical)" && body["sequence_id"] == nil)
        #expect(body["tags"] as? [String] == ["rotating_light"])
        #expect(body["click"] as? String == "https://run.example/a_(b)?c=d&e")
        #expect((body["actions"] as? [[String: Any]])?.first?["label"] as? String == "Runbook")
        #expect(walk.outcome == .delivered(vendorID: "alerts/m1") && request.paces.map(\.perSecond) == [0.2])
    }

    @Test("The end replaces the message, quietly")
    func update() throws {
        let begin = try walk(TestReceiver.delivery(), answers: NtfyTests.sent)
        let end = try TestReceiver.delivery(.allResolved, status: .resolved, memory: begin.keep)
        let walk = try walk(end, answers: .answer(200, #"{"id": "m2"}"#))
        let body = try walk.requests[0].members
        #expect(body["sequence_id"] as? String == "m1" && body["priority"] as? Int == 2)
        #expect(body["tags"] as? [String] == ["white_check_mark"] && walk.keep == VendorMemory())
    }

    @Test(
        "Credentials are a token, or a name and a password",
        arguments: [
            (", token: tk_1", "Bearer tk_1"), (", username: ada, password: 'é:1'", "Basic YWRhOsOpOjE="),
        ])
    func credentials(more: String, header: String) throws {
        let request = try walk(TestReceiver.delivery(), more, answers: NtfyTests.sent).requests[0]
        #expect(request.header("Authorization") == header)
    }

    @Test("Texts, priority, tags and actions may be set")
    func settings() throws {
        let more = """
            , server_url: 'https://n.example/', title: '{{ .Status }}!', message: "a\\nb", priority: high, tags: [skull], \
            click: 'https://c.example', actions: [{label: Ack, action: http, url: 'https://a.example', clear: true}]
            """
        let request = try walk(TestReceiver.delivery(), more, answers: NtfyTests.sent).requests[0]
        let body = try request.members
        #expect(request.url.reveal() == "https://n.example/" && request.paces.isEmpty)
        #expect(body["title"] as? String == "firing!" && body["message"] as? String == "a\nb")
        #expect(body["priority"] as? Int == 4 && body["tags"] as? [String] == ["rotating_light", "skull"])
        let action = try #require((body["actions"] as? [[String: Any]])?.first)
        #expect(action["action"] as? String == "http" && action["clear"] as? Bool == true && action["body"] == nil)
    }

    @Test("A day's messages that are used up are waited for until midnight")
    func quota() throws {
        let made = try MadeIntegration.make("ntfy", "{topic: alerts}")
        let outcome = made.outcome(of: .answer(429, #"{"code": 42908, "http": 429}"#), now: TestReceiver.now)
        // It is 08:00.
        #expect(outcome == .retry(after: .seconds(16 * 3600), reason: FailureReason("rate_limited")))
        let busy = made.outcome(of: .answer(429, #"{"code": 42901, "http": 429}"#), now: TestReceiver.now)
        #expect(busy == .retry(after: .seconds(5), reason: FailureReason("rate_limited")))
    }

    @Test(
        "What is wrong with the settings is told",
        arguments: [
            ("{}", "setting_missing"), ("{topic: 'a/b'}", "topic_invalid"),
            ("{topic: a, token: t, username: u}", "setting_conflict"),
            ("{topic: a, actions: [{label: a}, {label: b}, {label: c}, {label: d}]}", "actions_too_many"),
        ])
    func issues(settings: String, code: String) throws {
        let (made, issues) = try MadeIntegration.makeWithIssues("ntfy", settings)
        #expect(made == nil && issues.contains { $0.code == code })
    }
}
