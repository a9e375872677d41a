import Foundation
import Testing
import TocsinTesting

@Suite("Receivers", .serialized, .timeLimit(.minutes(8)))
struct ReceiverTests {
    private static func tenants(_ url: String) -> String {
        """
        acme:
          route: {receivers: [gone], group_by: [bench_id], group_wait: 0s, group_interval: 1h, routes: [{matchers: ['never="true"'], receivers: [other], group_wait: 0s, group_interval: 1s}]}
          receivers:
            - {name: gone, channel_type: webhook, config: {url: "\(url)/gone", headers: {X-Key: "s3cretvalue"}}}
            - {name: other, channel_type: webhook, config: {url: "\(url)/other"}}
        """
    }

    private func admin(_ deployment: Deployment) async throws -> [String: String] {
        let made = try await deployment.run(["tenant", "token", "create", "acme", "--permission", "admin"])
        return ["Authorization": "Bearer " + made.output.trimmingCharacters(in: .whitespacesAndNewlines)]
    }

    @Test("A receiver that is gone is parked, and another one of the tenant's is told")
    func parked() async throws {
        try await FakeReceiver.withReceiver(answer: { $0.path == "/gone" ? .status(410) : .status(200) }) { receiver in
            let deployment = try Deployment(tenants: ReceiverTests.tenants(receiver.url))
            let redis = try await deployment.startRedis()
            let node = try await deployment.startNode()
            let api = "http://127.0.0.1:\(node.port)/t/acme/api/v1"
            #expect(
                await HTTP.post("http://127.0.0.1:\(node.port)/t/acme/api/v2/alerts", Posted.body(["a"]))?.status == 200
            )
            try await eventually("the other receiver is told") {
                receiver.requests.contains { $0.path == "/other" && $0.text.contains("TocsinReceiverParked") }
            }
            let list = await HTTP.get(api + "/integrations")?.body ?? ""
            #expect(
                list.contains(#""receiver":"gone","integration":"webhook","enabled":true,"health":"parked""#), "\(list)"
            )
            #expect(list.contains(#""receiver":"other","integration":"webhook","enabled":true,"health":"healthy""#))
            #expect(list.contains(#""reason":"http_410""#))
            // Nothing is sent there any more: what comes is a dead letter at once.
            let before = receiver.requests.count { $0.path == "/gone" }
            _ = await HTTP.post("http://127.0.0.1:\(node.port)/t/acme/api/v2/alerts", Posted.body(["b"]))
            try await eventually("the next one dies") { try await deployment.balance("acme")?.deadLetters == 2 }
            #expect(receiver.requests.count { $0.path == "/gone" } == before)
            #expect(
                await HTTP.get("http://127.0.0.1:\(node.port)/metrics")?.body.contains(
                    #"alertmanager_receiver_health{integration="webhook",receiver="gone",tenant="acme"} 0"#) == true)
            #expect(await HTTP.post(api + "/receivers/gone/resume", "")?.status == 403)
            let token = try await admin(deployment)
            #expect(
                await HTTP.post(api + "/receivers/gone/resume", "", headers: token)?.body == #"{"resumed":true}"#)
            #expect(await HTTP.post(api + "/receivers/nobody/resume", "", headers: token)?.status == 404)
            let healthy = try await deployment.run(["receiver", "list", "acme"])
            #expect(healthy.ending == .exit(0) && !healthy.output.contains("parked"), "\(healthy.output)")
            // It works again: whoever was told that it did not is told that it does.
            receiver.answer { _ in .status(200) }
            _ = await HTTP.post("http://127.0.0.1:\(node.port)/t/acme/api/v2/alerts", Posted.body(["c"]))
            try await eventually("the other receiver is told of the end") {
                receiver.requests.contains {
                    $0.path == "/other" && $0.text.contains("TocsinReceiverParked")
                        && $0.text.contains(#""status":"resolved""#)
                }
            }
            #expect(await HTTP.get(api + "/integrations")?.body.contains("http_410") == false)
            node.process.signal(SIGKILL)
            redis.signal(SIGKILL)
        }
    }

    @Test("A test notification shows what was asked and answered, without secrets")
    func test() async throws {
        try await FakeReceiver.withReceiver(answer: { $0.path == "/gone" ? .status(410) : .status(200) }) { receiver in
            let deployment = try Deployment(tenants: ReceiverTests.tenants(receiver.url))
            let redis = try await deployment.startRedis()
            let node = try await deployment.startNode()
            let works = try await deployment.run(
                ["receiver", "test", "acme", "other", "--resolve"], onDeployment: false)
            #expect(works.ending == .exit(0) && works.output.contains("verdict: delivered"), "\(works.output)")
            #expect(receiver.requests.count == 2 && receiver.requests.allSatisfy { $0.text.contains("TocsinTest") })
            let fails = try await deployment.run(["receiver", "test", "acme", "gone"], onDeployment: false)
            #expect(fails.ending == .exit(1) && fails.output.contains("HTTP 410"), "\(fails.output)")
            #expect(fails.output.contains("verdict: disable (http_410)"))
            #expect(!fails.output.contains("s3cretvalue") && !fails.output.contains("/gone"))
            let answer = await HTTP.post(
                "http://127.0.0.1:\(node.port)/t/acme/api/v1/receivers/gone/test", "",
                headers: try await admin(deployment))
            #expect(answer?.status == 200 && answer?.body.contains(#""verdict":"disable""#) == true)
            #expect(answer?.body.contains("s3cretvalue") == false)
            node.process.signal(SIGKILL)
            redis.signal(SIGKILL)
        }
    }
}
