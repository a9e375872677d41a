import Testing
import TocsinAlerts
import TocsinCore
import TocsinIntegrations

@Suite("Webex")
struct WebexTests {
    private static let created = DeliveryResponse.answer(200, #"{"id": "Y2/lz", "roomId": "R"}"#)

    private func walk(_ delivery: Delivery, _ more: String = "", answers: DeliveryResponse...) throws -> Walk {
        try Walk(MadeIntegration.make("webex", "{room_id: R, token: t\(more)}"), delivery, answers: answers)
    }

    private func firing(_ more: String = "") throws -> VendorMemory {
        try #require(try walk(TestReceiver.delivery(), more, answers: WebexTests.created).keep)
    }

    @Test("A message is posted in Markdown")
    func post() throws {
        let request = try #require(try walk(TestReceiver.delivery(), answers: WebexTests.created).requests.first)
        #expect(request.line == "POST https://webexapis.com/v1/messages")
        #expect(request.header("Authorization") == "Bearer t")
        #expect(
            try request.members["markdown"] as? String
                == [
                    "**\\[FIRING:2\\] Disk (critical)**", "› team=db",
                    "› [Runbook](https://run.example/a_%28b%29?c=d&e)", "🔥 full", "› instance=db-0", "🔥 full",
                    "› instance=db-1",
                ].map { $0 + "  " }.joined(separator: "\n"))
    }

    @Test("A message is changed ten times; what comes later answers it")
    func edits() throws {
        var memory = try firing()
        for _ in 0..<10 {
            let walk = try walk(
                TestReceiver.delivery(.repeatInterval, memory: memory), answers: WebexTests.created)
            #expect(walk.requests.map(\.line) == ["PUT https://webexapis.com/v1/messages/Y2%2Flz"])
            memory = try #require(walk.keep)
        }
        let walk = try walk(TestReceiver.delivery(.repeatInterval, memory: memory), answers: WebexTests.created)
        #expect(walk.steps == ["reply"] && walk.keep?["id"] == "Y2/lz")
        #expect(try walk.requests[0].members["parentId"] as? String == "Y2/lz")
    }

    @Test("A message that was changed too often is answered, and one that is gone is posted anew")
    func refused() throws {
        let end = try TestReceiver.delivery(.allResolved, status: .resolved, memory: firing())
        #expect(try walk(end, answers: .answer(400), WebexTests.created).steps == ["update", "reply"])
        #expect(
            try walk(end, answers: .answer(400), .answer(404), WebexTests.created).steps == ["update", "reply", "post"])
        #expect(try walk(end, answers: .answer(404), WebexTests.created).steps == ["update", "post"])
    }

    @Test(
        "People are called by address or id",
        arguments: [
            ("all", "<@all>"), ("ada@example.com", "<@personEmail:ada@example.com>"), ("Y2x", "<@personId:Y2x>"),
        ])
    func mention(value: String, text: String) throws {
        let more = ", mention_by_label: {label: team, values: {db: '\(value)'}}"
        let request = try walk(TestReceiver.delivery(), more, answers: WebexTests.created).requests[0]
        #expect(try (request.members["markdown"] as? String)?.hasPrefix(text + " **") == true)
    }
}
