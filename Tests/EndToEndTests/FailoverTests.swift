import Foundation
import Testing
import TocsinTesting

@Suite("A failover of Redis", .serialized, .timeLimit(.minutes(8)))
struct FailoverTests {
    private static let tenants = """
        acme:
          route: {receivers: [hook], group_by: [bench_id], group_wait: 0s, group_interval: 1s}
          receivers:
            - {name: hook, channel_type: webhook, max_concurrency: 8, config: {url: "URL/hook"}}
        """

    /// Starts a server on a socket of its own in the deployment's directory.
    private func start(_ deployment: Deployment, _ name: String, _ arguments: [String]) async throws -> ChildProcess {
        let server = try ChildProcess(
            "redis-server",
            [
                "--unixsocket", deployment.directory.file(name + ".sock"), "--dir", deployment.directory.path,
                "--dbfilename", name + ".rdb", "--save", "3600 1", "--repl-diskless-sync-delay", "0",
            ] + arguments)
        try await server.waitForLine(containing: "eady to accept connections")
        return server
    }

    /// Lets the address that the nodes know lead to another server.
    private func move(_ deployment: Deployment, to name: String) throws {
        let next = deployment.directory.file("next.sock")
        try FileManager.default.createSymbolicLink(
            atPath: next, withDestinationPath: deployment.directory.file(name + ".sock"))
        guard rename(next, deployment.directory.file("redis.sock")) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    private func isOnline(_ deployment: Deployment) throws -> Bool {
        try deployment.redisCommand("INFO", "replication").contains("state=online")
    }

    /// Waits until the replica has all that the master has, and makes it a master without telling anybody.
    private func promote(_ deployment: Deployment) async throws {
        func ask(_ words: String...) async throws -> String {
            let replica = try ChildProcess("redis-cli", ["-s", deployment.directory.file("replica.sock")] + words)
            try await replica.waitForEnd()
            return replica.transcript
        }
        func offset(_ name: String, in report: String) -> Substring? {
            report.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + ":") }?.dropFirst(name.count + 1)
        }
        try await eventually("the replica has all that the master has") {
            let master = offset("master_repl_offset", in: try deployment.redisCommand("INFO", "replication"))
            return try await offset("slave_repl_offset", in: ask("INFO", "replication")) == master && master != nil
        }
        #expect(try await ask("REPLICAOF", "NO", "ONE") == "OK")
    }

    @Test("The replica becomes master without the last writes while alerts come: each that was taken is delivered")
    func failover() async throws {
        try await FakeReceiver.withReceiver(answer: { _ in .ok }) { receiver in
            let deployment = try Deployment(tenants: FailoverTests.tenants.replacing("URL", with: receiver.url))
            let port = try FreePort.find()
            let master = try await start(deployment, "master", ["--port", "\(port)"])
            let replica = try await start(
                deployment, "replica", ["--port", "0", "--replicaof", "127.0.0.1", "\(port)"])
            try move(deployment, to: "master")
            let ingest = try await deployment.startIngest()
            try await eventually { try isOnline(deployment) }
            let address = "http://127.0.0.1:\(ingest.port)/t/acme/api/v2/alerts"
            var accepted: Set<String> = []
            func post(_ ids: Range<Int>) async {
                for number in ids where await HTTP.post(address, Posted.body(["f\(number)"]))?.status == 200 {
                    accepted.insert("f\(number)")
                }
            }
            await post(0..<40)
            try await promote(deployment)
            await post(40..<80)
            #expect(accepted.count == 80)
            master.signal(SIGSTOP)
            try move(deployment, to: "replica")
            await post(80..<84)
            try await eventually { await HTTP.get("http://127.0.0.1:\(ingest.port)/-/ready")?.status == 200 }
            await post(84..<120)
            master.signal(SIGCONT)
            #expect(accepted.count >= 110)
            let worker = try await deployment.startWorker()
            let ids = accepted
            try await eventually(
                deadline: .seconds(120),
                "all that was accepted is delivered; missing: \(ids.subtracting(Posted.counts(receiver.requests).keys).sorted())"
            ) {
                ids.isSubset(of: Posted.counts(receiver.requests).keys)
            }
            var balance: Deployment.Balance?
            try await eventually(deadline: .seconds(120), "the ledger balances") {
                balance = try await deployment.balance("acme")
                return balance?.isBalanced == true && balance?.expectedPending == 0
            }
            #expect((balance?.ledger.accepted ?? 0) >= ids.count)
            for process in [ingest.process, worker, master, replica] { process.signal(SIGKILL) }
        }
    }

    @Test("Master and ingest node are killed together: the node that comes after has all that was taken in its journal")
    func journal() async throws {
        try await FakeReceiver.withReceiver(answer: { _ in .ok }) { receiver in
            let deployment = try Deployment(tenants: FailoverTests.tenants.replacing("URL", with: receiver.url))
            let port = try FreePort.find()
            let master = try await start(deployment, "master", ["--port", "\(port)"])
            let replica = try await start(
                deployment, "replica", ["--port", "0", "--replicaof", "127.0.0.1", "\(port)"])
            try move(deployment, to: "master")
            let journal = ["--ring-journal", deployment.directory.file("journal")]
            let first = try await deployment.startIngest(journal)
            try await eventually { try isOnline(deployment) }
            let ids = (0..<60).map { "j\($0)" }
            for (number, id) in ids.enumerated() {
                if number == 20 { try await promote(deployment) }
                let answer = await HTTP.post("http://127.0.0.1:\(first.port)/t/acme/api/v2/alerts", Posted.body([id]))
                #expect(answer?.status == 200)
            }
            try await first.process.kill9()
            try await master.kill9()
            try move(deployment, to: "replica")
            let second = try await deployment.startIngest(journal)
            let worker = try await deployment.startWorker()
            try await eventually(
                deadline: .seconds(120),
                "all that was accepted is delivered; the node said:\n\(second.process.transcript)\n\(worker.transcript)"
            ) {
                Set(ids).isSubset(of: Posted.counts(receiver.requests).keys)
            }
            try await eventually(deadline: .seconds(120), "each batch counts once") {
                let balance = try await deployment.balance("acme")
                return balance?.isBalanced == true && balance?.ledger.accepted == ids.count
            }
            for process in [second.process, worker, replica] { process.signal(SIGKILL) }
        }
    }

    @Test("replicated:1 with a replica that hangs is refused with 503, and taken again once it follows")
    func replicated() async throws {
        let deployment = try Deployment(
            tenants: FailoverTests.tenants.replacing("URL", with: "http://127.0.0.1:1")
                .replacing("acme:\n", with: "acme:\n  durability: replicated:1\n"),
            server: "  confirm_timeout: 300ms\n")
        let port = try FreePort.find()
        let master = try await start(deployment, "master", ["--port", "\(port)"])
        let replica = try await start(deployment, "replica", ["--port", "0", "--replicaof", "127.0.0.1", "\(port)"])
        try move(deployment, to: "master")
        try await eventually { try isOnline(deployment) }
        let ingest = try await deployment.startIngest()
        let address = "http://127.0.0.1:\(ingest.port)/t/acme/api/v2/alerts"
        try await eventually { await HTTP.post(address, Posted.body(["one"]))?.status == 200 }
        replica.signal(SIGSTOP)
        let refused = try #require(await HTTP.post(address, Posted.body(["two"])))
        #expect(refused.status == 503 && refused.body.contains("not_replicated") && refused.retryAfter == 1)
        replica.signal(SIGCONT)
        try await eventually { await HTTP.post(address, Posted.body(["two"]))?.status == 200 }
        for process in [ingest.process, master, replica] { process.signal(SIGKILL) }
    }

    @Test("Redis' memory is nearly used up: the node is not ready and refuses alerts, until there is room again")
    func headroom() async throws {
        let deployment = try Deployment(tenants: FailoverTests.tenants.replacing("URL", with: "http://127.0.0.1:1"))
        let redis = try await deployment.startRedis()
        let ingest = try await deployment.startIngest()
        let base = "http://127.0.0.1:\(ingest.port)"
        try deployment.redisCommand("CONFIG", "SET", "maxmemory", "1mb")
        try await eventually { await HTTP.get(base + "/-/ready")?.status == 503 }
        #expect(await HTTP.get(base + "/-/ready")?.body.contains("redis_memory_low") == true)
        let refused = try #require(await HTTP.post(base + "/t/acme/api/v2/alerts", Posted.body(["one"])))
        #expect(refused.status == 503 && refused.body.contains("redis_memory_low") && refused.retryAfter == 5)
        try deployment.redisCommand("CONFIG", "SET", "maxmemory", "0")
        try await eventually { await HTTP.get(base + "/-/ready")?.status == 200 }
        #expect(await HTTP.post(base + "/t/acme/api/v2/alerts", Posted.body(["one"]))?.status == 200)
        for process in [ingest.process, redis] { process.signal(SIGKILL) }
    }

    @Test(
        "What Redis cannot give is said at the start and by check-config, with a word for scripts",
        arguments: [("fsync", "redis_not_fsync", "error"), ("replicated:1", "redis_too_few_replicas", "warning")])
    func startup(durability: String, code: String, severity: String) async throws {
        let deployment = try Deployment(
            tenants: FailoverTests.tenants.replacing("URL", with: "http://127.0.0.1:1")
                .replacing("acme:\n", with: "acme:\n  durability: \(durability)\n"))
        let redis = try await deployment.startRedis()
        func check(_ more: [String]) async throws -> ChildProcess {
            let process = try ChildProcess(
                Deployment.executable, ["check-config", deployment.configuration] + more)
            try await process.waitForEnd()
            return process
        }
        let report = try await check(["--redis", deployment.redisURL])
        #expect(report.ending == .exit(severity == "error" ? 78 : 0))
        #expect(report.transcript.contains(code) && report.transcript.contains(severity))
        #expect(try await check([]).transcript.contains("durability_impossible") == (severity == "warning"))
        #expect(try deployment.redisCommand("DBSIZE") == "0", "to look changes nothing")
        if severity == "error" {
            let node = try ChildProcess(
                Deployment.executable,
                ["ingest", "--config", deployment.configuration, "--redis", deployment.redisURL],
                environment: deployment.environment)
            #expect(try await node.waitForEnd() == .exit(78))
            #expect(node.transcript.contains(code))
        } else {
            let node = try ChildProcess(
                Deployment.executable,
                [
                    "serve", "--config", deployment.configuration, "--data-dir", deployment.directory.file("data"),
                ])
            #expect(try await node.waitForEnd() == .exit(78))
            #expect(node.transcript.contains("durability_impossible"))
        }
        redis.signal(SIGKILL)
    }
}
