import Foundation
import Testing
import TocsinTesting

@Suite("Redis of several servers", .serialized, .timeLimit(.minutes(8)))
struct ServersTests {
    private static let names = (0..<6).map { "team\($0)" }

    private static func tenants(_ url: String) -> String {
        names.map { name in
            """
            \(name):
              route: {receivers: [hook], group_by: [bench_id], group_wait: 0s, group_interval: 1s}
              receivers:
                - {name: hook, channel_type: webhook, max_concurrency: 8, config: {url: "\(url)/\(name)"}}
            """
        }.joined(separator: "\n")
    }

    /// Posts alerts one by one to all tenants in turn, and answers which were taken.
    private func post(
        _ ids: Range<Int>, to port: Int, during: [Int: () async throws -> Void] = [:]
    ) async throws -> Set<String> {
        var accepted: Set<String> = []
        for number in ids {
            try await during[number]?()
            let tenant = Self.names[number % Self.names.count]
            let address = "http://127.0.0.1:\(port)/t/\(tenant)/api/v2/alerts"
            if await HTTP.post(address, Posted.body(["s\(number)"]))?.status == 200 { accepted.insert("s\(number)") }
        }
        return accepted
    }

    private func expectBalance(_ deployment: Deployment) async throws {
        for name in Self.names {
            var balance: Deployment.Balance?
            try await eventually(deadline: .seconds(60), "the ledger of \(name) balances: \(balance.debugDescription)")
            {
                balance = try await deployment.balance(name)
                return balance?.isBalanced == true && balance?.expectedPending == 0
            }
            #expect(balance?.deadLetters == 0)
        }
    }

    @Test("Sentinels move the master, and then it is killed: both nodes follow, and all that was taken is delivered")
    func sentinels() async throws {
        let set = try await RedisServers.watchedBySentinels()
        defer { set.end() }
        try await FakeReceiver.withReceiver(answer: { _ in .ok }) { receiver in
            let deployment = try Deployment(tenants: Self.tenants(receiver.url), redisURL: set.url)
            let ingest = try await deployment.startIngest()
            let worker = try await deployment.startWorker()
            var accepted = try await post(
                0..<120, to: ingest.port,
                during: [
                    40: { try await set.sentinels[0].ask("SENTINEL", "FAILOVER", "tocsin") },
                    80: {
                        // The old master must have come back as a replica before the new one may go.
                        try await eventually {
                            try await set.servers[1].ask("INFO", "replication").contains("state=online")
                        }
                        set.servers[1].process.signal(SIGKILL)
                    },
                ])
            try await eventually { await HTTP.get("http://127.0.0.1:\(ingest.port)/-/ready")?.status == 200 }
            accepted.formUnion(try await post(200..<230, to: ingest.port))
            #expect(accepted.isSuperset(of: (0..<40).map { "s\($0)" } + (200..<230).map { "s\($0)" }))
            let ids = accepted
            try await eventually(deadline: .seconds(90), "all that was accepted is delivered") {
                ids.isSubset(of: Posted.counts(receiver.requests).keys)
            }
            try await expectBalance(deployment)
            #expect(ingest.process.isRunning && worker.isRunning)
            for process in [ingest.process, worker] { process.signal(SIGKILL) }
        }
    }

    @Test("A cluster's master is killed: tenants of the others are served on, and all that was taken is delivered")
    func cluster() async throws {
        let set = try await RedisServers.cluster(["--cluster-require-full-coverage", "no"])
        defer { set.end() }
        try await FakeReceiver.withReceiver(answer: { _ in .ok }) { receiver in
            let deployment = try Deployment(tenants: Self.tenants(receiver.url), redisURL: set.url)
            let ingest = try await deployment.startIngest()
            let worker = try await deployment.startWorker()
            var accepted = try await post(
                0..<120, to: ingest.port, during: [60: { set.servers[0].process.signal(SIGKILL) }])
            #expect(accepted.isSuperset(of: (0..<60).map { "s\($0)" }))
            // While one server is away, tenants that live on the others are taken.
            #expect(accepted.count > 60)
            for name in Self.names {
                let address = "http://127.0.0.1:\(ingest.port)/t/\(name)/api/v2/alerts"
                try await eventually {
                    guard await HTTP.post(address, Posted.body(["late-\(name)"]))?.status == 200 else { return false }
                    accepted.insert("late-\(name)")
                    return true
                }
            }
            let ids = accepted
            try await eventually(deadline: .seconds(90), "all that was accepted is delivered") {
                ids.isSubset(of: Posted.counts(receiver.requests).keys)
            }
            try await expectBalance(deployment)
            #expect(ingest.process.isRunning && worker.isRunning)
            for process in [ingest.process, worker] { process.signal(SIGKILL) }
        }
    }

    @Test(
        "A user with the rights that are printed, over TLS with a certificate of its own, can do all, and nothing else")
    func leastRights() async throws {
        let certificates = try TestCertificates()
        let client = try certificates.makeClient(names: ["DNS:tocsin"])
        let directory = try TemporaryDirectory()
        try directory.write("s3cret\n", to: "password")
        let printed = try ChildProcess(
            Deployment.executable, ["redis", "acl", "--password-file", directory.file("password")])
        try await printed.waitForEnd()
        try directory.write(
            printed.lines(.output).joined() + "\nuser default off\nuser watch on >w ~* +@all\n", to: "users.acl")
        let port = try FreePort.find()
        let redis = try ChildProcess(
            "redis-server",
            [
                "--port", "0", "--tls-port", "\(port)", "--tls-cert-file", certificates.certificateFile,
                "--tls-key-file", certificates.keyFile, "--tls-ca-cert-file", certificates.authorityFile,
                "--tls-auth-clients", "yes", "--aclfile", directory.file("users.acl"), "--save", "", "--dir",
                directory.path, "--appendonly", "yes",
            ])
        try await redis.waitForLine(containing: "eady to accept connections")
        try await FakeReceiver.withReceiver(answer: { _ in .ok }) { receiver in
            let url = "rediss://tocsin:s3cret@localhost:\(port)"
            let deployment = try Deployment(
                tenants: Self.tenants(receiver.url),
                server: """
                    redis:
                      url: \(url)
                      ca_file: \(certificates.authorityFile)
                      cert_file: \(client.certificateFile)
                      key_file: \(client.keyFile)

                    """, redisURL: url)
            let ingest = try await deployment.startIngest()
            let worker = try await deployment.startWorker()
            let ids = try await post(0..<30, to: ingest.port)
            #expect(ids.count == 30)
            try await eventually(deadline: .seconds(20), "all is delivered:\n\(worker.transcript)") {
                ids.isSubset(of: Posted.counts(receiver.requests).keys)
            }
            try await expectBalance(deployment)
            #expect(try await deployment.nodes().count == 2)
            #expect(await worker.terminateQuietly() == .exit(0))
            let log = try ChildProcess(
                "redis-cli",
                [
                    "-p", "\(port)", "--tls", "--cacert", certificates.authorityFile, "--cert", client.certificateFile,
                    "--key", client.keyFile, "--user", "watch", "--pass", "w", "--no-auth-warning", "ACL", "LOG",
                ])
            try await log.waitForEnd()
            #expect(log.lines(.output).joined().isEmpty, "\(log.transcript)")
            for process in [ingest.process, redis] { process.signal(SIGKILL) }
        }
    }
}

extension ChildProcess {
    fileprivate func terminateQuietly() async -> Ending? { try? await terminate(deadline: .seconds(60)) }
}
