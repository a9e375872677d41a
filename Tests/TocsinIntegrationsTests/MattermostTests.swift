import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations

@Suite("Mattermost")
struct MattermostTests {
    private static let settings = "server_url: 'https://m.example/', token: t, channel_id: c1"
    private static let created = DeliveryResponse.answer(201, #"{"id": "p1", "channel_id": "c1"}"#)

    private func walk(_ delivery: Delivery, _ more: String = "", answers: DeliveryResponse...) throws -> Walk {
        try Walk(MadeIntegration.make("mattermost", "{\(MattermostTests.settings)\(more)}"), delivery, answers: answers)
    }

    private func firing(_ more: String = "") throws -> VendorMemory {
        try #require(try walk(TestReceiver.delivery(), more, answers: MattermostTests.created).keep)
    }

    @Test("A post is made over the API, by a name that makes attempts one")
    func post() throws {
        let walk = try walk(TestReceiver.delivery(), answers: MattermostTests.created)
        let request = try #require(walk.requests.first)
        #expect(request.line == "POST https://m.example/api/v4/posts")
        #expect(request.header("Authorization") == "Bearer t")
        let body = try request.members
        #expect(
            body["channel_id"] as? String == "c1" && body["message"] as? String == "**\\[FIRING:2\\] Disk (critical)**")
        #expect(body["pending_post_id"] as? String == "tocsin:0b1c:post" && body["root_id"] == nil)
        #expect(walk.outcome == .delivered(vendorID: "c1/p1"))
    }

    @Test("What changes without new alerts changes the post, and the end is forgotten")
    func update() throws {
        let memory = try firing()
        let end = try TestReceiver.delivery(.allResolved, status: .resolved, id: "2", memory: memory)
        let walk = try walk(end, answers: MattermostTests.created)
        #expect(walk.requests.map(\.line) == ["PUT https://m.example/api/v4/posts/p1/patch"])
        #expect(try walk.requests[0].members["channel_id"] == nil)
        #expect(walk.keep == VendorMemory())
    }

    @Test("New alerts are a new post, since an edit rings nobody's phone")
    func newAlerts() throws {
        let walk = try walk(
            TestReceiver.delivery(.newAlerts, memory: firing()),
            answers: .answer(201, #"{"id": "p2", "channel_id": "c1"}"#))
        #expect(walk.steps == ["post"] && walk.keep?["id"] == "p2")
    }

    @Test("A post that is gone, or may not be changed any more, is made anew", arguments: [400, 403, 404])
    func gone(status: Int) throws {
        let end = try TestReceiver.delivery(.someResolved, memory: firing())
        let walk = try walk(end, answers: .answer(status, "{}"), MattermostTests.created)
        #expect(walk.steps == ["update", "post"] && walk.outcome == .delivered(vendorID: "c1/p1"))
    }

    @Test("Updates answer the post in its thread where that is wanted")
    func thread() throws {
        let more = ", update_message: false, post_updates_to_thread: true"
        let walk = try walk(
            TestReceiver.delivery(.newAlerts, memory: firing(more)), more,
            answers: .answer(201, #"{"id": "p2", "channel_id": "c1"}"#))
        #expect(walk.steps == ["reply"] && walk.keep?["id"] == "p1")
        #expect(try walk.requests[0].members["root_id"] as? String == "p1")
    }

    @Test("A server that fails is asked for the same again")
    func failure() throws {
        let end = try TestReceiver.delivery(.someResolved, memory: firing())
        let walk = try walk(end, answers: .answer(503))
        #expect(walk.outcome == .retry(after: nil, reason: FailureReason("http_503")) && walk.keep == nil)
    }

    @Test("Who is to be called, and where, follows the alerts' label")
    func choices() throws {
        let more = """
            , channel_by_label: {label: team, values: {db: c2}}, mention_by_label: {label: team, values: {db: oncall}}
            """
        let walk = try walk(TestReceiver.delivery(), more, answers: MattermostTests.created)
        let body = try walk.requests[0].members
        #expect(body["channel_id"] as? String == "c2")
        #expect((body["message"] as? String)?.hasPrefix("@oncall **") == true)
        let memory = try #require(walk.keep)
        let end = try TestReceiver.delivery(.allResolved, status: .resolved, memory: memory)
        let resolved = try self.walk(end, more, answers: MattermostTests.created)
        #expect(resolved.steps == ["update"])
        #expect(try (resolved.requests[0].members["message"] as? String)?.contains("@") == false)
    }

    @Test(
        "The header of the limit says how long to wait, in whatever form",
        arguments: [("7", 7.0), ("1800000009", 9), ("1800000011000", 11), ("1700000000", nil), ("soon", nil)])
    func limit(header: String, seconds: Double?) throws {
        let answer = DeliveryResponse.answer(429, "", headers: [("x-ratelimit-reset", header)])
        let outcome = try MadeIntegration.make("mattermost", "{webhook_url: 'https://m.example'}").outcome(
            of: answer, now: TestReceiver.now)
        #expect(outcome == .retry(after: seconds.map { .seconds($0) }, reason: FailureReason("rate_limited")))
    }

    @Test(
        "What is wrong with the settings is told",
        arguments: [
            ("{token: t, channel_id: c}", "setting_missing"),
            ("{server_url: 'https://m', token: t}", "setting_missing"),
            ("{server_url: 'https://m', token: t, channel_id: c, webhook_url: 'https://m'}", "setting_conflict"),
            ("{}", "setting_missing"),
        ])
    func settings(settings: String, code: String) throws {
        let (made, issues) = try MadeIntegration.makeWithIssues("mattermost", settings)
        #expect(made == nil && issues.contains { $0.code == code })
    }
}
