import Testing
import TocsinAlerts
import TocsinCore
import TocsinIntegrations

@Suite("Pushover")
struct PushoverTests {
    private static let base = "POST https://api.pushover.net/1/"
    private static let ok = DeliveryResponse.answer(200, #"{"status": 1, "request": "q1"}"#)

    private static func rings(_ receipt: String) -> DeliveryResponse {
        .answer(200, #"{"status": 1, "request": "q1", "receipt": "\#(receipt)"}"#)
    }

    private func walk(_ delivery: Delivery, _ more: String = "", answers: DeliveryResponse...) throws -> Walk {
        try Walk(MadeIntegration.make("pushover", "{user_key: u, token: a\(more)}"), delivery, answers: answers)
    }

    @Test("A critical alert rings until somebody answers")
    func alarm() throws {
        let walk = try walk(TestReceiver.delivery(), answers: PushoverTests.rings("r1"))
        let form = try #require(walk.requests.first).form
        #expect(walk.requests.map(\.line) == [PushoverTests.base + "messages.json"])
        #expect(form["priority"] == "2" && form["retry"] == "60" && form["expire"] == "3600")
        #expect(form["title"] == "[FIRING:2] Disk (critical)" && form["url_title"] == "Runbook")
        #expect(form["tags"]?.hasPrefix("tocsin-") == true && form["user"] == "u" && form["token"] == "a")
        #expect(walk.outcome == .delivered(vendorID: "r1") && walk.keep?["receipt"] == "r1")
    }

    @Test("The end calls off all alarms of the group first, and is quiet")
    func end() throws {
        let begin = try walk(TestReceiver.delivery(), answers: PushoverTests.rings("r1"))
        let end = try TestReceiver.delivery(.allResolved, status: .resolved, memory: begin.keep)
        let walk = try walk(end, answers: PushoverTests.ok, PushoverTests.ok)
        let tag = try #require(begin.requests[0].form["tags"])
        #expect(
            walk.requests.map(\.line) == [
                PushoverTests.base + "receipts/cancel_by_tag/\(tag).json", PushoverTests.base + "messages.json",
            ])
        #expect(walk.requests[0].form == ["token": "a"] && walk.requests[1].form["priority"] == "-1")
        #expect(walk.requests[1].form["retry"] == nil && walk.keep == VendorMemory())
    }

    @Test("An alarm that cannot be called off keeps nobody from hearing of the end; a server that fails is asked again")
    func failingCancellation() throws {
        let begin = try walk(TestReceiver.delivery(), answers: PushoverTests.rings("r1"))
        let end = try TestReceiver.delivery(.allResolved, status: .resolved, memory: begin.keep)
        #expect(try walk(end, answers: .answer(404), PushoverTests.ok).outcome == .delivered(vendorID: "q1"))
        let failing = try walk(end, answers: .answer(500))
        #expect(failing.steps == ["cancel"])
        #expect(failing.outcome == .retry(after: .seconds(5), reason: FailureReason("http_500")))
    }

    @Test("A newer alarm replaces the older one")
    func replaced() throws {
        let begin = try walk(TestReceiver.delivery(), answers: PushoverTests.rings("r1"))
        let more = try TestReceiver.delivery(.newAlerts, memory: begin.keep)
        let walk = try walk(more, answers: PushoverTests.rings("r2"), PushoverTests.ok)
        #expect(
            walk.requests.map(\.line) == [
                PushoverTests.base + "messages.json", PushoverTests.base + "receipts/r1/cancel.json",
            ])
        #expect(walk.keep?["receipt"] == "r2")
    }

    @Test("In Alertmanager's form an alarm is called off by its receipt")
    func templates() throws {
        let begin = try walk(TestReceiver.delivery(), ", message: m", answers: PushoverTests.rings("r1"))
        #expect(begin.requests[0].form["tags"] == nil)
        let end = try TestReceiver.delivery(.allResolved, status: .resolved, memory: begin.keep)
        let walk = try walk(end, ", message: m", answers: PushoverTests.ok, PushoverTests.ok)
        #expect(walk.requests[0].line == PushoverTests.base + "receipts/r1/cancel.json")
        #expect(walk.requests[1].form["priority"] == "0" && walk.requests[1].form["message"] == "m")
    }

    @Test("A receipt that is none does not become a part of an address")
    func receipt() throws {
        let walk = try walk(TestReceiver.delivery(), answers: PushoverTests.rings("../../x"))
        #expect(walk.keep == nil)
    }
}
