import Testing
import TocsinAlerts
import TocsinCore
import TocsinIntegrations

@Suite("Rocket.Chat")
struct RocketChatTests {
    private static let settings = "api_url: 'https://r.example', token: t, token_id: u, channel: '#c'"
    private static let created = DeliveryResponse.answer(
        200, #"{"success": true, "channel": "c", "message": {"_id": "m1", "rid": "R1"}}"#)

    private func walk(_ delivery: Delivery, _ more: String = "", answers: DeliveryResponse...) throws -> Walk {
        try Walk(MadeIntegration.make("rocketchat", "{\(RocketChatTests.settings)\(more)}"), delivery, answers: answers)
    }

    private func firing(_ more: String = "") throws -> VendorMemory {
        try #require(try walk(TestReceiver.delivery(), more, answers: RocketChatTests.created).keep)
    }

    @Test("A message is posted with both headers, and its text is a block of code")
    func post() throws {
        let walk = try walk(TestReceiver.delivery(), answers: RocketChatTests.created)
        let request = try #require(walk.requests.first)
        #expect(request.line == "POST https://r.example/api/v1/chat.postMessage")
        #expect(request.header("X-Auth-Token") == "t" && request.header("X-User-Id") == "u")
        #expect(
            try request.members["text"] as? String == """
                🔥
                ```
                [FIRING:2] Disk (critical)
                team=db
                🔥 full
                  instance=db-0
                🔥 full
                  instance=db-1
                ```
                [Runbook](https://run.example/a_%28b%29?c=d&e)
                """)
        #expect(walk.outcome == .delivered(vendorID: "R1/m1"))
    }

    @Test("The end changes the message, named by its room's id")
    func update() throws {
        let end = try TestReceiver.delivery(.allResolved, status: .resolved, memory: firing())
        let walk = try walk(end, answers: RocketChatTests.created)
        #expect(walk.requests.map(\.line) == ["POST https://r.example/api/v1/chat.update"])
        let body = try walk.requests[0].members
        #expect(body["roomId"] as? String == "R1" && body["msgId"] as? String == "m1" && body.count == 3)
        #expect(walk.keep == VendorMemory())
    }

    @Test("A message that is gone is posted anew")
    func gone() throws {
        let end = try TestReceiver.delivery(.someResolved, memory: firing())
        let walk = try walk(end, answers: .answer(400, #"{"success": false, "error": "x"}"#), RocketChatTests.created)
        #expect(walk.steps == ["update", "post"])
    }

    @Test("In Alertmanager's form, which cannot be changed, updates answer in the thread where they are wanted")
    func attachment() throws {
        let more = ", title: Disk, update_message: true"
        let walk = try walk(
            TestReceiver.delivery(.someResolved, memory: firing(more)), more, answers: RocketChatTests.created)
        #expect(walk.steps == ["reply"])
        let body = try walk.requests[0].members
        #expect(body["tmid"] as? String == "m1" && body["roomId"] as? String == "R1" && body["attachments"] != nil)
        let plain = try self.walk(TestReceiver.delivery(), ", title: Disk", answers: RocketChatTests.created)
        #expect(plain.keep == nil)
    }

    @Test("Success needs the word for it")
    func success() throws {
        let made = try MadeIntegration.make("rocketchat", "{\(RocketChatTests.settings)}")
        let refused = made.outcome(of: .answer(200, #"{"success": false}"#), now: TestReceiver.now)
        #expect(refused == .reject(reason: FailureReason("vendor_refused")))
        let page = made.outcome(of: .answer(200, "<html>"), now: TestReceiver.now)
        #expect(page == .retry(after: nil, reason: FailureReason("invalid_response")))
        let limited = DeliveryResponse.answer(
            429, #"{"success": false}"#, headers: [("x-ratelimit-reset", "1800000042000")])
        let outcome = made.outcome(of: limited, now: TestReceiver.now)
        #expect(outcome == .retry(after: .seconds(42), reason: FailureReason("rate_limited")))
    }
}
