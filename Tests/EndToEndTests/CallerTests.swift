import Foundation
import Testing
import TocsinTesting

/// Who is let in, and to what.
@Suite("Callers", .timeLimit(.minutes(8)))
struct CallerTests {
    private static let tenants = """
        acme:
          receivers: [{name: out, channel_type: console}]
        globex:
          receivers: [{name: out, channel_type: console}]
        """

    private struct Row: Decodable, Hashable {
        let method: String
        let path: String
        let permission: String?
    }

    /// What needs no permission, because it says nothing of a tenant's alerts.
    private static let open: Set = ["/", "/-/healthy", "/-/ready", "/-/reload", "/api/v1/health", "/metrics"]
    private static let permissions = ["read", "write", "silence", "escalate", "admin", "audit"]

    private func output(_ arguments: [String]) async throws -> String {
        let process = try ChildProcess(Deployment.executable, arguments)
        try #require(try await process.waitForEnd() == .exit(0), "\(process.transcript)")
        return process.lines(.output).joined(separator: "\n")
    }

    private func ask(_ row: Row, at base: String, token: String?) async -> Int? {
        let path = row.path.replacing("[/t/{tenant}]", with: "/t/acme").replacing("{silenceID}", with: "none")
            .replacing("{receiver}", with: "out")
        let headers = token.map { ["Authorization": "Bearer \($0)"] } ?? [:]
        return switch row.method {
        case "GET": await HTTP.get(base + path, headers: headers)?.status
        case "DELETE": await HTTP.delete(base + path, headers: headers)?.status
        default: await HTTP.post(base + path, "[]", headers: headers)?.status
        }
    }

    @Test("every path asks for the permission that the table names, and for no other")
    func table() async throws {
        let deployment = try Deployment(tenants: Self.tenants, requiresToken: true)
        let redis = try await deployment.startRedis()
        let node = try await deployment.startIngest()
        func token(_ permissions: [String]) async throws -> String {
            let words = permissions.flatMap { ["--permission", $0] }
            return try await deployment.run(["tenant", "token", "create", "acme"] + words).output
        }
        let text = try await output(["permissions", "--output", "json"])
        let all = try JSONDecoder().decode([Row].self, from: Data(text.utf8))
        #expect(
            Set(all.filter { $0.permission == nil }.map(\.path)) == Self.open, "what is open to all is listed here too")
        let rows = all.filter { $0.permission != nil }
        #expect(rows.count >= 14)
        for permission in Set(rows.compactMap(\.permission)) {
            let alone = try await token([permission])
            let others = try await token(Self.permissions.filter { $0 != permission })
            for row in rows where row.permission == permission {
                let base = "http://127.0.0.1:\(node.port)"
                #expect(await ask(row, at: base, token: nil) == 401, "\(row) without a token")
                #expect(await ask(row, at: base, token: "nonsense") == 401, "\(row) with a token that is none")
                #expect(await ask(row, at: base, token: others) == 403, "\(row) with all other permissions")
                let status = try #require(await ask(row, at: base, token: alone))
                #expect(![401, 403].contains(status), "\(row) with its permission: \(status)")
            }
        }
        #expect(try await node.process.terminate() == .exit(0))
        try await redis.kill9()
    }

    @Test("guesses are slowed down, and a good token among them is not")
    func guesses() async throws {
        let deployment = try Deployment(tenants: Self.tenants, requiresToken: true)
        let redis = try await deployment.startRedis()
        let node = try await deployment.startIngest()
        let url = "http://127.0.0.1:\(node.port)/api/v2/alerts"
        let good = try await deployment.run(["tenant", "token", "create", "acme"]).output
        let guess = ["Authorization": "Bearer tcs_acme_0123456789ab_" + String(repeating: "0", count: 64)]
        try await eventually(deadline: .seconds(60), "a guess has to wait") {
            let start = ContinuousClock.now
            #expect(await HTTP.get(url, headers: guess)?.status == 401)
            return ContinuousClock.now - start >= .milliseconds(900)
        }
        // Those that wait hold up nobody: the good one is answered while they do.
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<3 { group.addTask { await HTTP.get(url, headers: guess)?.status == 401 } }
            group.addTask { await HTTP.get(url, headers: ["Authorization": "Bearer \(good)"])?.status == 200 }
            for try await isRight in group { #expect(isRight) }
        }
        #expect(await HTTP.get(url, headers: guess)?.headers["X-Content-Type-Options"] == "nosniff")
        #expect(try await node.process.terminate() == .exit(0))
        try await redis.kill9()
    }

    @Test("a token that is issued here opens its tenant as far as it says, and verify says why another does not")
    func issued() async throws {
        let directory = try TemporaryDirectory()
        let (key, other) = (directory.file("es256.pem"), directory.file("other.pem"))
        let keys = try directory.write(
            try await output(["token", "keypair", "--key-file", key, "--key-id", "k1"]), to: "keys.json")
        _ = try await output(["token", "keypair", "--key-file", other, "--key-id", "k1"])
        let before = try directory.read("other.pem")
        let again = try ChildProcess(
            Deployment.executable, ["token", "keypair", "--key-file", other, "--key-id", "k1"])
        #expect(try await again.waitForEnd() != .exit(0) && again.transcript.contains("key_file_exists"))
        #expect(try directory.read("other.pem") == before && again.lines(.output).isEmpty)
        let deployment = try Deployment(
            tenants: Self.tenants,
            ingest: "  jwt: [{issuer: tocsin, audience: [tocsin], keys_file: \(keys)}]\n", requiresToken: true)
        let redis = try await deployment.startRedis()
        let node = try await deployment.startIngest()
        let url = "http://127.0.0.1:\(node.port)/api/v2/alerts"
        func issue(_ more: [String], key: String) async throws -> String {
            try await output(
                ["token", "issue", "--tenant", "acme", "--user", "alice", "--key-file", key, "--key-id", "k1"] + more)
        }
        let reading = try await issue([], key: key)
        let authorization = { (token: String) in ["Authorization": "Bearer \(token)"] }
        #expect(await HTTP.get(url, headers: authorization(reading))?.status == 200)
        #expect(await HTTP.post(url, Posted.body(["1"]), headers: authorization(reading))?.status == 403)
        let writing = try await issue(["--permission", "write"], key: key)
        #expect(await HTTP.post(url, Posted.body(["1"]), headers: authorization(writing))?.status == 200)
        let inGlobex = "http://127.0.0.1:\(node.port)/t/globex/api/v2/alerts"
        #expect(await HTTP.get(inGlobex, headers: authorization(reading))?.status == 403)
        for (token, reason) in [
            (try await issue([], key: other), "wrong_secret"),
            (try await issue(["--audience", "elsewhere"], key: key), "wrong_audience"),
            (try await issue(["--issuer", "nobody"], key: key), "unknown"),
        ] {
            #expect(await HTTP.get(url, headers: authorization(token))?.status == 401, "\(reason)")
            #expect(try await verify(token, deployment) == reason)
        }
        #expect(try await verify(reading, deployment) == "accepted")
        #expect(!node.process.transcript.contains(reading.suffix(20)), "no token in the log")
        let text = try deployment.directory.read("tocsin.yaml")
        try deployment.directory.write(text.replacing("issuer: tocsin,", with: "issuer: newcomer,"), to: "tocsin.yaml")
        let newcomer = try await issue(["--issuer", "newcomer"], key: key)
        try await eventually(deadline: .seconds(60), "who is believed changes without a restart") {
            await HTTP.get(url, headers: authorization(newcomer))?.status == 200
        }
        #expect(await HTTP.get(url, headers: authorization(reading))?.status == 401)
        #expect(try await node.process.terminate() == .exit(0))
        try await redis.kill9()
    }

    /// What `tocsin token verify` says.
    private func verify(_ token: String, _ deployment: Deployment) async throws -> String {
        let file = try deployment.directory.write(token + "\n", to: "token")
        let command =
            "\(Deployment.executable) token verify --output json --config \(deployment.configuration) < \(file)"
        let process = try ChildProcess("sh", ["-c", command])
        let ending = try await process.waitForEnd()
        struct Report: Decodable {
            let accepted: Bool
            let reason: String?
        }
        let text = process.lines(.output).joined(separator: "\n")
        let report = try JSONDecoder().decode(Report.self, from: Data(text.utf8))
        #expect(ending == .exit(report.accepted ? 0 : 1))
        return report.accepted ? "accepted" : report.reason ?? ""
    }

    @Test("an issuer is found by discovery, its new keys are taken, and while it is away nobody is called a liar")
    func discovery() async throws {
        let directory = try TemporaryDirectory()
        var sets: [String] = []
        for id in ["k1", "k2"] {
            let file = directory.file(id + ".pem")
            sets.append(try await output(["token", "keypair", "--key-file", file, "--key-id", id]))
        }
        let published = sets
        try await FakeReceiver.withReceiver { provider in
            let issuer = "http://127.0.0.1:\(provider.port)"
            @Sendable func answer(_ request: ReceivedRequest, keys: String) -> FakeAnswer {
                switch request.path {
                case "/.well-known/openid-configuration":
                    .status(200, body: #"{"issuer":"\#(issuer)","jwks_uri":"\#(issuer)/keys","x":1}"#)
                case "/keys": .status(200, body: keys)
                default: .status(404)
                }
            }
            provider.answer { _ in .status(500) }
            let deployment = try Deployment(
                tenants: Self.tenants,
                ingest: """
                      jwt:
                        - issuer: \(issuer)
                          audience: [tocsin]
                          tenant: acme
                          permissions_claim: permissions
                          meanings: [{word: audit, permissions: [read]}]

                    """, requiresToken: true)
            let redis = try await deployment.startRedis()
            let node = try await deployment.startIngest()
            let url = "http://127.0.0.1:\(node.port)/api/v2/alerts"
            func token(_ id: String) async throws -> [String: String] {
                let text = try await output([
                    "token", "issue", "--tenant", "globex", "--user", "bob", "--issuer", issuer, "--permission",
                    "audit",
                    "--key-file", directory.file(id + ".pem"), "--key-id", id,
                ])
                return ["Authorization": "Bearer \(text)"]
            }
            let (first, second) = (try await token("k1"), try await token("k2"))
            let away = await HTTP.get(url, headers: first)
            #expect(away?.status == 503 && (away?.retryAfter ?? 0) >= 1)
            provider.answer { answer($0, keys: published[0]) }
            try await eventually(deadline: .seconds(60), "the issuer's keys are known") {
                await HTTP.get(url, headers: first)?.status == 200
            }
            #expect(await HTTP.get(url, headers: second)?.status == 401)
            provider.answer { answer($0, keys: published[1]) }
            try await eventually(deadline: .seconds(60), "the issuer's new key is known") {
                await HTTP.get(url, headers: second)?.status == 200
            }
            // A key that is not published any more signs nothing; what was found good is believed a few seconds longer.
            try await eventually(deadline: .seconds(60), "the old key is forgotten") {
                await HTTP.get(url, headers: first)?.status == 401
            }
            // A new configuration comes while the issuer is away, and changes nothing about it.
            provider.answer { _ in .status(500) }
            try deployment.directory.write(Self.tenants + "\n", to: "receivers.yaml")
            node.process.signal(SIGHUP)
            try await node.process.waitForLine(containing: "the new configuration is in use")
            #expect(await HTTP.get(url, headers: second)?.status == 200)
            #expect(try await node.process.terminate() == .exit(0))
            try await redis.kill9()
        }
    }

    @Test("a certificate that its authority has taken back is refused at the next connection, and no other is")
    func revoked() async throws {
        let (certificates, directory) = (try TestCertificates(), try TemporaryDirectory())
        let id = "spiffe://example.org/prometheus"
        let list = try directory.write(
            try String(contentsOfFile: certificates.revoke([]), encoding: .utf8), to: "revoked.pem")
        try directory.write(
            "tls_server_config: {cert_file: \(certificates.certificateFile), key_file: \(certificates.keyFile), "
                + "client_auth_type: VerifyClientCertIfGiven, client_ca_file: \(certificates.authorityFile)}\n",
            to: "web.yml")
        let deployment = try Deployment(
            tenants: Self.tenants,
            ingest: """
                  web_config_file: \(directory.file("web.yml"))
                  client_revocations: \(list)
                  client_certificates: [{name: '\(id)', tenant: acme, permissions: [write]}]

                """, requiresToken: true)
        let redis = try await deployment.startRedis()
        let port = try FreePort.find()
        let node = try deployment.start("ingest", ["--listen", "127.0.0.1:\(port)", "--shutdown-delay", "0s"])
        try await node.waitForLine(containing: "alerts are taken")
        try await node.waitForLine(containing: "Redis is ready")
        let client = try certificates.makeClient(names: ["URI:\(id)"])
        func post(_ arguments: [String]) async throws -> String {
            let process = try ChildProcess(
                "curl",
                [
                    "-s", "-m", "20", "-o", "/dev/null", "--cacert", certificates.authorityFile, "-w", "%{http_code}\n",
                    "-H", "Content-Type: application/json", "https://localhost:\(port)/api/v2/alerts", "--resolve",
                    "localhost:\(port):127.0.0.1", "-d", Posted.body(["1"]),
                ] + arguments)
            _ = try await process.waitForEnd()
            return process.lines(.output).last ?? ""
        }
        let show = ["--cert", client.certificateFile, "--key", client.keyFile]
        #expect(try await post(show) == "200")
        func put(_ text: String) throws { try directory.write(text, to: "revoked.pem") }
        try put(try String(contentsOfFile: certificates.revoke([client.certificateFile]), encoding: .utf8))
        #expect(try await post(show) == "000", "the connection is closed")
        #expect(try await post([]) == "401", "who shows none is answered")
        try put("nonsense")
        #expect(try await post(show) == "000", "a damaged list leaves the last one in force")
        try put(try String(contentsOfFile: certificates.revoke([]), encoding: .utf8))
        #expect(try await post(show) == "200", "a list that no longer has it lets it in")
        #expect(try await node.terminate() == .exit(0))
        try await redis.kill9()
    }

    @Test("a certificate names its caller, and where a tenant asks for two credentials one is not enough")
    func certificates() async throws {
        let (certificates, directory) = (try TestCertificates(), try TemporaryDirectory())
        let id = "spiffe://example.org/prometheus"
        let deployment = try Deployment(
            tenants: Self.tenants.replacing("acme:\n", with: "acme:\n  two_credentials: [silence]\n"),
            ingest: """
                  web_config_file: \(directory.file("web.yml"))
                  client_certificates: [{name: '\(id)', tenant: acme, permissions: [write, silence]}]

                """, requiresToken: true)
        func policy(_ type: String) throws {
            try directory.write(
                "tls_server_config: {cert_file: \(certificates.certificateFile), key_file: \(certificates.keyFile), "
                    + "client_auth_type: \(type)"
                    + (type == "VerifyClientCertIfGiven" ? ", client_ca_file: \(certificates.authorityFile)" : "")
                    + "}\n", to: "web.yml")
        }
        try policy("VerifyClientCertIfGiven")
        let redis = try await deployment.startRedis()
        let port = try FreePort.find()
        let node = try deployment.start("ingest", ["--listen", "127.0.0.1:\(port)", "--shutdown-delay", "0s"])
        try await node.waitForLine(containing: "alerts are taken")
        try await node.waitForLine(containing: "Redis is ready")
        let known = try certificates.makeClient(names: ["URI:\(id)"])
        let show = ["--cert", known.certificateFile, "--key", known.keyFile]
        func curl(_ path: String, _ arguments: [String]) async throws -> String {
            let process = try ChildProcess(
                "curl",
                [
                    "-s", "-m", "20", "-o", "/dev/null", "--cacert", certificates.authorityFile, "-w", "%{http_code}\n",
                    "-H", "Content-Type: application/json", "https://localhost:\(port)\(path)", "--resolve",
                    "localhost:\(port):127.0.0.1",
                ] + arguments)
            _ = try await process.waitForEnd()
            return process.lines(.output).last ?? ""
        }
        let alert = ["-d", Posted.body(["1"])]
        for version in ["--http1.1", "--http2"] {
            #expect(try await curl("/api/v2/alerts", alert + [version]) == "401")
            #expect(try await curl("/api/v2/alerts", alert + show + [version]) == "200")
            #expect(try await curl("/api/v2/alerts", show + [version]) == "403", "it may not read")
            #expect(try await curl("/t/globex/api/v2/alerts", alert + show + [version]) == "403")
        }
        let silence = [
            "-d",
            #"{"matchers":[{"name":"a","value":"b","isRegex":false}],"startsAt":"2026-01-01T00:00:00Z","#
                + #""endsAt":"2099-01-01T00:00:00Z","createdBy":"x","comment":"y"}"#,
        ]
        func bearer(_ permission: String) async throws -> [String] {
            let token = try await deployment.run(["tenant", "token", "create", "acme", "--permission", permission])
                .output
            return ["-H", "Authorization: Bearer \(token)"]
        }
        let (silencing, reading) = (try await bearer("silence"), try await bearer("read"))
        #expect(try await curl("/api/v2/silences", silence + show) == "403", "a certificate alone")
        #expect(try await curl("/api/v2/silences", silence + silencing) == "403", "a token alone")
        #expect(try await curl("/api/v2/silences", silence + reading + show) == "403", "a token that does not allow it")
        #expect(try await curl("/api/v2/silences", silence + silencing + show) == "200")
        // From here on nobody verifies certificates, so they count for nothing.
        try policy("RequireAnyClientCert")
        #expect(try await curl("/api/v2/alerts", alert + show) == "401")
        #expect(try await node.terminate() == .exit(0))
        try await redis.kill9()
    }
}
