import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations

@Suite("Matrix")
struct MatrixTests {
    private static let settings = "server_url: 'https://x.example', token: t, room_id: '!a/b:x.example'"
    private static let base = "PUT https://x.example/_matrix/client/v3/rooms/%21a%2Fb:x.example/send/m.room.message/"
    private static let sent = DeliveryResponse.answer(200, #"{"event_id": "$e1"}"#)

    private func walk(_ delivery: Delivery, _ more: String = "", answers: DeliveryResponse...) throws -> Walk {
        try Walk(MadeIntegration.make("matrix", "{\(MatrixTests.settings)\(more)}"), delivery, answers: answers)
    }

    private func firing(_ more: String = "") throws -> VendorMemory {
        try #require(try walk(TestReceiver.delivery(), more, answers: MatrixTests.sent).keep)
    }

    @Test("All attempts at a notification are one transaction, and another notification is another one")
    func transaction() throws {
        let first = try walk(TestReceiver.delivery(), answers: MatrixTests.sent)
        #expect(first.requests.map(\.line) == [MatrixTests.base + "0b1c-post"])
        #expect(first.outcome == .delivered(vendorID: "!a/b:x.example/$e1"))
        let again = Delivery(
            try TestReceiver.notification(), attempt: 2, isUnclear: true, now: TestReceiver.now + .seconds(60))
        #expect(try walk(again, answers: MatrixTests.sent).requests[0].line == first.requests[0].line)
        #expect(
            try walk(TestReceiver.delivery(id: "2"), answers: MatrixTests.sent).requests[0].line
                != first.requests[0].line)
    }

    @Test("A message is text and HTML, and calls nobody by what alerts say")
    func content() throws {
        let body = try walk(TestReceiver.delivery(summary: "<b>@room"), answers: MatrixTests.sent).requests[0].members
        #expect(body["msgtype"] as? String == "m.text" && body["format"] as? String == "org.matrix.custom.html")
        #expect(
            body["body"] as? String == """
                [FIRING:2] Disk (critical)
                › team=db
                › Runbook: https://run.example/a_(b)?c=d&e
                🔥 <b>@room
                › instance=db-0
                🔥 <b>@room
                › instance=db-1
                """)
        #expect(
            body["formatted_body"] as? String == """
                <strong>[FIRING:2] Disk (critical)</strong><br>
                › team=db<br>
                › <a href="https://run.example/a_(b)?c=d&amp;e">Runbook</a><br>
                🔥 &lt;b&gt;@room<br>
                › instance=db-0<br>
                🔥 &lt;b&gt;@room<br>
                › instance=db-1<br>
                """)
        #expect((body["m.mentions"] as? [String: Any])?.isEmpty == true)
    }

    @Test("The end edits the message, as a notice")
    func edit() throws {
        let walk = try walk(
            TestReceiver.delivery(.allResolved, status: .resolved, id: "2", memory: firing()), answers: MatrixTests.sent
        )
        #expect(walk.requests.map(\.line) == [MatrixTests.base + "2-update"])
        let body = try walk.requests[0].members
        let relation = try #require(body["m.relates_to"] as? [String: Any])
        #expect(relation["rel_type"] as? String == "m.replace" && relation["event_id"] as? String == "$e1")
        let new = try #require(body["m.new_content"] as? [String: Any])
        #expect(body["body"] as? String == "* [RESOLVED] Disk (critical)")
        #expect(new["msgtype"] as? String == "m.notice" && (new["body"] as? String)?.hasPrefix("[RESOLVED]") == true)
    }

    @Test("A thread keeps its first message as its root")
    func thread() throws {
        let more = ", update_message: false, post_updates_to_thread: true"
        let walk = try walk(
            TestReceiver.delivery(.newAlerts, memory: firing(more)), more,
            answers: .answer(200, #"{"event_id": "$e2"}"#))
        let relation = try #require(try walk.requests[0].members["m.relates_to"] as? [String: Any])
        #expect(relation["rel_type"] as? String == "m.thread" && relation["event_id"] as? String == "$e1")
        #expect(walk.keep?["id"] == "$e1")
    }

    @Test("Users are called by id", arguments: [("@ada:x.example", "user_ids"), ("@room", "room")])
    func mention(value: String, name: String) throws {
        let more = ", mention_by_label: {label: team, values: {db: '\(value)'}}"
        let body = try walk(TestReceiver.delivery(), more, answers: MatrixTests.sent).requests[0].members
        #expect((body["m.mentions"] as? [String: Any])?[name] != nil)
        #expect((body["body"] as? String)?.hasPrefix(value + " [FIRING") == true)
    }

    @Test("A server's patience is kept, in both forms")
    func limits() throws {
        let made = try MadeIntegration.make("matrix", "{\(MatrixTests.settings)}")
        let body = #"{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1500}"#
        let reason = FailureReason("rate_limited")
        #expect(
            made.outcome(of: .answer(429, body), now: TestReceiver.now)
                == .retry(after: .milliseconds(1500), reason: reason))
        let both = DeliveryResponse.answer(429, body, headers: [("retry-after", "3")])
        #expect(made.outcome(of: both, now: TestReceiver.now) == .retry(after: .seconds(3), reason: reason))
    }

    @Test("Another server than a homeserver is no success")
    func foreign() throws {
        let made = try MadeIntegration.make("matrix", "{\(MatrixTests.settings)}")
        let outcome = made.outcome(of: .answer(200, "<html>"), now: TestReceiver.now)
        #expect(outcome == .retry(after: nil, reason: FailureReason("invalid_response")))
    }

    @Test("An address of a room is not its id")
    func alias() throws {
        let (made, issues) = try MadeIntegration.makeWithIssues(
            "matrix", "{server_url: 'https://x.example', token: t, room_id: '#ops:x.example'}")
        #expect(made == nil && issues.map(\.code) == ["room_id_invalid"])
    }
}
