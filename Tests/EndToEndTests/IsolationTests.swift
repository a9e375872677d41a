import Foundation
import Testing
import TocsinTesting

/// What one tenant's caller, who may do everything there, can do to another tenant: nothing.
@Suite("Tenants apart", .timeLimit(.minutes(8)))
struct IsolationTests {
    private static let canary = "bravo-canary-51"

    private static let tenants = """
        acme:
          route: {receivers: [out], group_by: [alertname], group_wait: 0s, group_interval: 1h}
          receivers: [{name: out, channel_type: console}]
        globex:
          route: {receivers: [vault-\(canary)], group_by: [alertname], group_wait: 0s, group_interval: 1h}
          receivers: [{name: vault-\(canary), channel_type: webhook, config: {url: "URL"}}]

        """

    private struct Row: Decodable {
        let method: String
        let path: String
        let permission: String?
    }

    private struct Answer {
        let request: String
        let status: Int
        let body: String
        let named: Set<String>
    }

    /// All keys of the victim but its audit log, in which refused callers stand by design.
    private func victimKeys(_ deployment: Deployment) throws -> [String: String] {
        let names = try deployment.redisCommand("KEYS", "*:globex:*").split(separator: "\n").map(String.init)
        var values: [String: String] = [:]
        for name in names where !name.contains(":audit:") && !name.contains(":keys") {
            values[name] = try deployment.redisCommand("--no-raw", "DUMP", name)
        }
        return values
    }

    private func metrics(_ port: Int) async -> [Substring] {
        let text = await HTTP.get("http://127.0.0.1:\(port)/metrics")?.body ?? ""
        return text.split(separator: "\n").filter { $0.contains("globex") }
    }

    @Test(
        "whatever is asked with one tenant's token, of whatever object of another's, nothing is told and nothing changes",
        arguments: [71, 72] as [UInt64])
    func isolation(seed: UInt64) async throws {
        try await FakeReceiver.withReceiver(answer: { _ in .status(410) }) { receiver in
            let deployment = try Deployment(
                tenants: Self.tenants.replacing("URL", with: receiver.url), requiresToken: true)
            let redis = try await deployment.startRedis()
            let ingest = try await deployment.startIngest()
            let base = "http://127.0.0.1:\(ingest.port)"
            func token(_ tenant: String) async throws -> [String: String] {
                let words = ["read", "write", "silence", "escalate", "admin", "audit"].flatMap { ["--permission", $0] }
                let text = try await deployment.run(["tenant", "token", "create", tenant] + words).output
                return ["Authorization": "Bearer \(text)"]
            }
            let (own, victim) = (try await token("acme"), try await token("globex"))
            let ids = try await fill(deployment, base, victim)
            let rows = try await routes(deployment)
            let (before, counts) = (try victimKeys(deployment), await metrics(ingest.port))
            #expect(before.count > 5 && counts.count > 0)

            var generator = SeededGenerator(seed: seed)
            var allowed = 0
            for round in 0..<400 {
                let row = try #require(rows.randomElement(using: &generator))
                let answer = try await ask(row, base, own, ids, &generator)
                let what =
                    "seed \(seed), round \(round): \(answer.request) answers \(answer.status) \(answer.body.prefix(300))"
                #expect(!answer.body.contains(Self.canary), "\(what)")
                #expect(answer.status < 500, "\(what)")
                if answer.named.contains("globex") { #expect((400...404).contains(answer.status), "\(what)") }
                if (200..<300).contains(answer.status) { allowed += 1 }
            }
            #expect(allowed > 40, "it may do everything in its own tenant")
            let after = try victimKeys(deployment)
            for (key, value) in before { #expect(after[key] == value, "seed \(seed): \(key) has changed") }
            #expect(Set(after.keys) == Set(before.keys))
            #expect(await metrics(ingest.port) == counts)
            let log = try await deployment.run([
                "audit", "tail", "--tenant", "globex", "--count", "10000", "--output", "json",
            ])
            let actions = log.output.split(separator: "\n").compactMap { line in
                (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["action"] as? String
            }
            let allowedActions: Set<String> = ["login.refused", "token.issue", "audit.read", "delivery", "silence.put"]
            #expect(Set(actions).isSubset(of: allowedActions), "\(Set(actions))")
            #expect(actions.count { $0 == "silence.put" } == 2, "the victim's own alone")
            #expect(try await ingest.process.terminate() == .exit(0))
            try await redis.kill9()
        }
    }

    /// Gives the victim alerts, a silence, a dead letter; answers what its objects are called.
    private func fill(_ deployment: Deployment, _ base: String, _ victim: [String: String]) async throws -> [String] {
        let worker = try await deployment.startWorker()
        let alert = """
            [{"labels":{"alertname":"\(Self.canary)","host":"\(Self.canary)"},"annotations":{"a":"\(Self.canary)"}}]
            """
        #expect(await HTTP.post(base + "/api/v2/alerts", alert, headers: victim)?.status == 200)
        let silence = """
            {"matchers":[{"name":"x","value":"\(Self.canary)","isRegex":false}],"startsAt":"2030-01-01T00:00:00Z",\
            "endsAt":"2030-01-02T00:00:00Z","createdBy":"\(Self.canary)","comment":"\(Self.canary)"}
            """
        let made = await HTTP.post(base + "/api/v2/silences", silence, headers: victim)?.body ?? ""
        let id = try #require(made.split(separator: "\"").first { $0.count == 36 }.map(String.init))
        try await eventually("a dead letter") { try await (deployment.balance("globex")?.deadLetters ?? 0) == 1 }
        let listed = await HTTP.get(base + "/api/v2/alerts", headers: victim)?.body ?? ""
        let fingerprint = try #require(
            listed.components(separatedBy: "\"fingerprint\":\"").dropFirst().first.map { String($0.prefix(16)) })
        try await eventually("the victim's log has a tree") {
            await HTTP.get(base + "/api/v1/audit/checkpoint", headers: victim)?.status == 200
        }
        #expect(try await worker.terminate() == .exit(0))
        return [
            id, fingerprint, "vault-" + Self.canary, "checkpoint", "key", "tile/entries/000.p/1", "tile/0/000.p/1",
            "../../t/globex",
        ]
    }

    private func routes(_ deployment: Deployment) async throws -> [Row] {
        let process = try ChildProcess(Deployment.executable, ["permissions", "--output", "json"])
        _ = try await process.waitForEnd()
        let text = process.lines(.output).joined(separator: "\n")
        return try JSONDecoder().decode([Row].self, from: Data(text.utf8)).filter { $0.permission != nil }
    }

    private func ask(
        _ row: Row, _ base: String, _ own: [String: String], _ ids: [String], _ generator: inout SeededGenerator
    ) async throws -> Answer {
        var named: Set<String> = []
        func pick(_ words: [String]) -> String { words.randomElement(using: &generator) ?? "" }
        let tenant = pick(["", "", "/t/acme", "/t/globex", "/t/Globex", "/t/globex%00"])
        if tenant.lowercased().contains("globex") { named.insert("globex") }
        var path = row.path.replacing("[/t/{tenant}]", with: tenant)
        for part in ["{silenceID}", "{receiver}", "{file}"] { path = path.replacing(part, with: pick(ids)) }
        let query = [
            "", "?fingerprint=\(ids[1])", "?filter=alertname%3D~%22.*%22", "?receiver=.*",
            "?filter=host%3D%22\(Self.canary)%22",
            "?tenant=globex", "?limit=1000",
        ]
        path += pick(query)
        var headers = own
        let scope = pick(["", "", "acme", "globex"])
        if !scope.isEmpty { headers["X-Scope-OrgID"] = scope }
        if scope == "globex" { named.insert("globex") }
        let bodies = [
            "[]", "{}", "[{\"labels\":{\"alertname\":\"A\",\"tenant\":\"globex\"}}]",
            """
            {"id":"\(ids[0])","matchers":[{"name":"x","value":"y","isRegex":false}],"startsAt":"2030-01-01T00:00:00Z",\
            "endsAt":"2030-01-02T00:00:00Z","createdBy":"a","comment":"b"}
            """,
        ]
        let reply =
            switch row.method {
            case "GET": await HTTP.get(base + path, headers: headers)
            case "DELETE": await HTTP.delete(base + path, headers: headers)
            default: await HTTP.post(base + path, pick(bodies), headers: headers)
            }
        let answer = try #require(reply, "no answer to \(row.method) \(path)")
        // What was asked may stand in an error; only the victim's own words may not.
        let body = answer.body.replacing(
            "vault-\(Self.canary)", with: path.contains("vault") ? "" : "vault-\(Self.canary)")
        return Answer(request: "\(row.method) \(path) scope \(scope)", status: answer.status, body: body, named: named)
    }
}
