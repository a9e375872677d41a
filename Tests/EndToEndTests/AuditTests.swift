import Foundation
import Testing
import TocsinTesting

/// Who did what, recorded by real nodes and commands, and judged afterwards.
@Suite("The audit log", .timeLimit(.minutes(8)))
struct AuditTests {
    private struct Row: Decodable {
        let index: Int
        let action: String?
        let on: String?
        let outcome: String?
        let why: String?
        let by: String?
        let credential: String?
        let name: String?
        let address: String?
        let isErased: Bool
        let before: String?
        let after: String?
        let facts: [String: String]
    }

    private static let tenants = """
        acme:
          route: {receivers: [hook], group_by: [alertname], group_wait: 0s, group_interval: 1s}
          receivers: [{name: hook, channel_type: webhook, config: {url: "URL/hook"}}]
        umbrella:
          receivers: [{name: out, channel_type: console}]

        """

    private func tail(_ deployment: Deployment, _ tenant: String = "acme") async throws -> [Row] {
        let (ending, output) = try await deployment.run([
            "audit", "tail", "--tenant", tenant, "--count", "1000", "--output", "json",
        ])
        #expect(ending == .exit(0), "\(output)")
        return try output.split(separator: "\n").map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
    }

    private func token(_ deployment: Deployment, _ permissions: [String], tenant: String = "acme") async throws
        -> String
    {
        let words = permissions.flatMap { ["--permission", $0] }
        let (ending, output) = try await deployment.run(
            ["tenant", "token", "create", tenant, "--name", "ada"] + words)
        #expect(ending == .exit(0), "\(output)")
        return output
    }

    @Test("silences, refusals, deliveries and commands stand in the tenant's log, with who, on what and how it ended")
    func recorded() async throws {
        try await FakeReceiver.withReceiver { receiver in
            let deployment = try Deployment(
                tenants: Self.tenants.replacing("URL", with: receiver.url), requiresToken: true)
            let redis = try await deployment.startRedis()
            let ingest = try await deployment.startIngest()
            let worker = try await deployment.startWorker()
            let url = "http://127.0.0.1:\(ingest.port)/t/acme/api/v2"
            let token = try await token(deployment, ["read", "write", "silence", "admin"])
            let allowed = ["Authorization": "Bearer \(token)"]
            #expect(await HTTP.post(url + "/alerts", Posted.body(["1"]), headers: allowed)?.status == 200)
            try await receiver.waitForRequests(1)

            let silence = """
                {"matchers":[{"name":"a","value":"canary7","isRegex":false}],"startsAt":"2030-01-01T00:00:00Z",\
                "endsAt":"2030-01-02T00:00:00Z","createdBy":"canary7","comment":"canary7"}
                """
            let made = try #require(await HTTP.post(url + "/silences", silence, headers: allowed))
            #expect(made.status == 200, "\(made.body)")
            let id = made.body.split(separator: "\"").first { $0.count == 36 }.map(String.init) ?? ""
            #expect(await HTTP.delete(url + "/silence/\(id)", headers: allowed)?.status == 200)
            #expect(await HTTP.delete(url + "/silence/\(UUID().uuidString)", headers: allowed)?.status == 404)
            let resume = "http://127.0.0.1:\(ingest.port)/t/acme/api/v1/receivers/hook/resume"
            #expect(await HTTP.post(resume, "", headers: allowed)?.status == 200)
            for _ in 0..<20 {
                #expect(
                    await HTTP.post(url + "/alerts", "[]", headers: ["Authorization": "Bearer \(token)x"])?.status
                        == 401)
            }
            #expect(
                await HTTP.get(resume.replacing("receivers/hook/resume", with: "audit/checkpoint"), headers: allowed)?
                    .status == 403)
            let auditor = ["Authorization": "Bearer \(try await self.token(deployment, ["audit"]))"]
            for _ in 0..<3 {
                let key = resume.replacing("receivers/hook/resume", with: "audit/key")
                #expect(await HTTP.get(key, headers: auditor)?.status == 200)
            }
            #expect(try await deployment.run(["keys", "rotate", "--tenant", "acme"]).ending == .exit(0))
            #expect(
                try await deployment.run(["tenant", "token", "revoke", "acme", String(token.split(separator: "_")[2])])
                    .ending == .exit(0))

            try await eventually("all of it is in the tree") {
                let rows = try await tail(deployment)
                return rows.contains { $0.action == "token.revoke" && $0.outcome == "done" }
                    && rows.contains { $0.action == "audit.read" }
            }
            let rows = try await tail(deployment)
            func only(_ action: String, _ outcome: String) throws -> Row {
                let found = rows.filter { $0.action == action && $0.outcome == outcome }
                return try #require(
                    found.first, "\(action) \(outcome) in \(rows.map { "\($0.action ?? "") \($0.outcome ?? "")" })")
            }
            let delivery = try only("delivery", "done")
            #expect(delivery.facts["receiver"] == "hook" && delivery.by == "node")
            let begun = try only("silence.put", "begun"), put = try only("silence.put", "done")
            #expect(begun.index < put.index && put.on == "silence/\(id)" && put.by == "token" && put.name == "ada")
            #expect(put.address == "127.0.0.1" && put.before == nil && put.after != nil)
            let expired = try only("silence.expire", "done")
            #expect(expired.before == put.after && expired.after != put.after)
            let unknown = try only("silence.expire", "failed")
            #expect(unknown.why != nil)
            _ = try only("receiver.resume", "done")
            _ = try only("key.rotate", "done")
            let readings = rows.filter { $0.action == "audit.read" && $0.on == "files" && $0.by == "token" }
            #expect(readings.count == 1, "a reader of files without the checkpoint is recorded, once a minute")
            let refusals = rows.filter { $0.action == "login.refused" }
            #expect(refusals.count { $0.why == "token_invalid" } == 1, "twenty within a minute are one entry")
            #expect(refusals.contains { $0.why == "permission_missing" && $0.on == "/api/v1/audit/{file}" })
            #expect(try only("token.issue", "done").name?.contains("@") == true)
            let all = rows.map { "\($0)" }.joined()
            #expect(!all.contains("canary7") && !all.contains(token))

            let verified = try await deployment.run(["audit", "verify"])
            #expect(verified.ending == .exit(0) && verified.output.contains("acme: good"), "\(verified.output)")
            #expect(verified.output.contains("deployment: good"))
            let system = try await tail(deployment, "deployment")
            #expect(system.count { $0.action == "configuration.load" } >= 2)
            for node in [ingest.process, worker] { #expect(try await node.terminate() == .exit(0)) }
            try await redis.kill9()
        }
    }

    @Test("a proof that a tenant was notified holds without the deployment, and a copy with a flipped bit does not")
    func proofs() async throws {
        try await FakeReceiver.withReceiver { receiver in
            let deployment = try Deployment(tenants: Self.tenants.replacing("URL", with: receiver.url))
            let redis = try await deployment.startRedis()
            let node = try await deployment.startNode()
            let url = "http://127.0.0.1:\(node.port)/t/acme/api/v2/alerts"
            #expect(await HTTP.post(url, Posted.body(["1"]))?.status == 200)
            try await receiver.waitForRequests(1)
            try await eventually("it is recorded") { try await tail(deployment).contains { $0.action == "delivery" } }
            let object = try #require(try await tail(deployment).first { $0.action == "delivery" }?.on)
            let id = String(object.dropFirst("notification/".count))
            let proof = try await deployment.run(["audit", "prove", "--tenant", "acme", "--notification", id]).output
            let key = try await deployment.run(["audit", "key", "--tenant", "acme"]).output
            let other = try await deployment.run(["audit", "key", "--tenant", "umbrella"]).output
            let copy = deployment.directory.file("copy")
            let exported = try await deployment.run(["audit", "export", "--tenant", "acme", "--to", copy])
            #expect(exported.ending == .exit(0), "\(exported.output)")
            #expect(try await node.process.terminate() == .exit(0))
            try await redis.kill9()

            let file = try deployment.directory.write(proof + "\n", to: "acme.tlog-proof")
            let checked = try await command(deployment, "check", file, "--key", key)
            #expect(checked.ending == .exit(0) && checked.output.contains("proven") && checked.output.contains(id))
            #expect(try await command(deployment, "check", file, "--key", other).ending == .exit(1))
            #expect(try await command(deployment, "verify", "--from", copy, "--key", key).ending == .exit(0))
            let bundles = try #require(FileManager.default.enumerator(atPath: copy + "/tile/entries"))
            let bundle = try #require(bundles.compactMap { $0 as? String }.first { !$0.hasSuffix(".p") })
            let path = URL(fileURLWithPath: copy + "/tile/entries/" + bundle)
            var bytes = try Data(contentsOf: path)
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: path)
            let damaged = try await command(deployment, "verify", "--from", copy, "--key", key)
            #expect(damaged.ending == .exit(1) && damaged.output.contains("audit_entr"), "\(damaged.output)")
        }
    }

    private func command(
        _ deployment: Deployment, _ words: String...
    ) async throws -> (ending: ChildProcess.Ending, output: String) {
        let process = try ChildProcess(Deployment.executable, ["audit"] + words, environment: deployment.environment)
        let ending = try await process.waitForEnd()
        return (ending, process.lines(.output).joined(separator: "\n"))
    }

    @Test("when the node with the charge is killed another goes on with the same tree, and a witness follows")
    func takenOver() async throws {
        let directory = try TemporaryDirectory()
        let deployment = try Deployment(
            tenants: "acme:\n  receivers: [{name: out, channel_type: console}]\n",
            server: "audit: {witness_file: \(directory.file("witness.json")), witness_name: w1}\n")
        let redis = try await deployment.startRedis()
        let first = try await deployment.startNode()
        #expect(try await deployment.run(["keys", "rotate", "--tenant", "acme"]).ending == .exit(0))
        try await eventually("it is in the tree") {
            try await tail(deployment).contains { $0.action == "key.rotate" && $0.outcome == "done" }
        }
        let copy = deployment.directory.file("before")
        #expect(try await deployment.run(["audit", "export", "--tenant", "acme", "--to", copy]).ending == .exit(0))
        first.process.signal(SIGKILL)
        let second = try await deployment.startNode()
        let reads = try await tail(deployment).count
        try await eventually("another node goes on") { try await tail(deployment).count > reads + 2 }
        try await eventually("the witness has signed") {
            try await deployment.run(["audit", "verify", "--tenant", "acme"]).output.contains("w1 saw")
        }
        let verified = try await deployment.run([
            "audit", "verify", "--tenant", "acme", "--since", copy + "/checkpoint",
        ])
        #expect(verified.ending == .exit(0), "\(verified.output)")
        #expect(try await second.process.terminate() == .exit(0))
        try await redis.kill9()
    }

    @Test("a password that is wrong at the door is recorded in the deployment's log")
    func passwords() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            "basic_auth_users: {ops: '$2y$04$abcdefghijklmnopqrstuOX0zrcUVXD/WsUHQrbe5IWk7WFsoRtsi'}\n", to: "web.yml")
        let deployment = try Deployment(
            tenants: Self.tenants.replacing("URL", with: "http://127.0.0.1:1"),
            ingest: "  web_config_file: \(directory.file("web.yml"))\n")
        let redis = try await deployment.startRedis()
        let port = try FreePort.find()
        let node = try deployment.start("serve", ["--listen", "127.0.0.1:\(port)"])
        try await node.waitForLine(containing: "Redis is ready")
        let wrong = ["Authorization": "Basic " + Data("ops:wrong-canary".utf8).base64EncodedString()]
        try await eventually("the door answers") {
            await HTTP.get("http://127.0.0.1:\(port)/api/v2/alerts", headers: wrong)?.status == 401
        }
        try await eventually("it is recorded") {
            try await tail(deployment, "deployment").contains {
                $0.action == "login.refused" && $0.why == "password_invalid" && $0.address == "127.0.0.1"
            }
        }
        #expect(!node.transcript.contains("wrong-canary"))
        #expect(try await node.terminate() == .exit(0))
        try await redis.kill9()
    }

    @Test("files are served to who may read them, and to nobody else")
    func served() async throws {
        let deployment = try Deployment(
            tenants: Self.tenants.replacing("URL", with: "http://127.0.0.1:1"), requiresToken: true)
        let redis = try await deployment.startRedis()
        let node = try await deployment.startNode()
        let own = ["Authorization": "Bearer \(try await token(deployment, ["audit"]))"]
        let foreign = ["Authorization": "Bearer \(try await token(deployment, ["audit"], tenant: "umbrella"))"]
        let url = "http://127.0.0.1:\(node.port)/t/acme/api/v1/audit/"
        try await eventually("there is a head") { await HTTP.get(url + "checkpoint", headers: own)?.status == 200 }
        #expect(await HTTP.get(url + "checkpoint", headers: foreign)?.status == 403)
        #expect(await HTTP.get(url + "checkpoint")?.status == 401)
        let key = await HTTP.get(url + "key", headers: own)?.body ?? ""
        let head = await HTTP.get(url + "checkpoint", headers: own)?.body ?? ""
        let lines = head.split(separator: "\n")
        #expect(lines.count >= 4 && key.hasPrefix(String(lines[0])))
        let size = Int(lines[1]) ?? 0
        let tile = await HTTP.get(url + "tile/entries/000.p/\(size)", headers: own)
        #expect(tile?.status == 200 && tile?.body.contains("token.issue") == true)
        for path in ["tile/entries/000.p/255", "tile/0/../checkpoint", "tile", ""] {
            #expect(await HTTP.get(url + path, headers: own)?.status == 404, "\(path)")
        }
        #expect(try await node.process.terminate() == .exit(0))
        try await redis.kill9()
    }
}
