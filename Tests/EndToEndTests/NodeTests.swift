import Foundation
import Testing
import TocsinTesting

/// Workers that are sent away, end, die and stop, beside others that go on.
@Suite("Nodes that come and go", .serialized, .timeLimit(.minutes(8)))
struct NodeTests {
    private static func tenants(_ url: String) -> String {
        """
        acme:
          route: {receivers: [hook], group_by: [bench_id], group_wait: 0s, group_interval: 1h, repeat_interval: 4h}
          receivers:
            - name: hook
              channel_type: webhook
              max_concurrency: 8
              retry: {initial: 100ms, maximum: 1s}
              config: {url: "\(url)/hook", timeout: 60}
        """
    }

    /// A worker that has one notification in flight whose receiver does not answer.
    private struct Stuck {
        let deployment: Deployment
        let redis: ChildProcess
        let ingest: (process: ChildProcess, port: Int)
        let worker: ChildProcess

        init(_ receiver: FakeReceiver, _ arguments: [String] = []) async throws {
            deployment = try Deployment(tenants: NodeTests.tenants(receiver.url))
            redis = try await deployment.startRedis()
            ingest = try await deployment.startIngest()
            worker = try await deployment.startWorker(arguments)
            receiver.answer { _ in .hang }
            let url = "http://127.0.0.1:\(ingest.port)/t/acme/api/v2/alerts"
            #expect(await HTTP.post(url, Posted.body(["one"]))?.status == 200)
            try await receiver.waitForRequests(1)
            receiver.answer { _ in .ok }
        }

        func workerID() async throws -> String {
            var id: String?
            try await eventually(deadline: .seconds(30), "the worker tells of what it holds") {
                id = try await deployment.nodes().first { $0.role == "worker" && $0.inFlight == 1 }?.id
                return id != nil
            }
            return id ?? ""
        }

        /// Redis' time.
        func now() throws -> Int {
            let parts = try deployment.redisCommand("TIME").split(whereSeparator: \.isNewline)
            return (Int(parts.first ?? "") ?? 0) * 1000 + (Int(parts.last ?? "") ?? 0) / 1000
        }

        /// When the notification was queued anew, by Redis' time, with its fields; `nil` while it is where it was.
        func handedBack(after entry: String) throws -> (at: Int, fields: [String: String])? {
            let lines = try stream()
            guard let id = lines.first, id != entry, let at = Int(id.prefix { $0 != "-" }) else { return nil }
            let rest = Array(lines.dropFirst())
            var fields: [String: String] = [:]
            for index in stride(from: 0, to: rest.count - 1, by: 2) { fields[rest[index]] = rest[index + 1] }
            return (at, fields)
        }

        /// The first entry of the receiver's stream: its id, its fields and values but the sealed one.
        func stream() throws -> [String] {
            let key = try deployment.redisCommand("--scan", "--pattern", "*acme:d:hook")
            let script = """
                local e = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
                if not e then return {} end
                local out = {e[1]}
                for i = 1, #e[2], 2 do
                  if #e[2][i + 1] < 40 then out[#out + 1] = e[2][i] out[#out + 1] = e[2][i + 1] end
                end
                return out
                """
            return try deployment.redisCommand("EVAL", script, "1", key).split(separator: "\n").map(String.init)
        }

        func expectDeliveredOnce(attempts: Int) async throws {
            try await eventually(deadline: .seconds(60), "nothing waits any more") {
                try await deployment.balance("acme")?.expectedPending == 0
            }
            let balance = try #require(try await deployment.balance("acme"))
            #expect(balance.isBalanced == true && balance.ledger.delivered == 1)
            #expect(balance.ledger.attempts == attempts)
        }

        func end() { for process in [worker, ingest.process, redis] { process.signal(SIGKILL) } }
    }

    @Test("a node that is asked to drain ends with 0 and hands back what it cannot finish, without an attempt used")
    func drain() async throws {
        try await FakeReceiver.withReceiver { receiver in
            let stuck = try await Stuck(receiver, ["--drain-timeout", "10s"])
            let id = try await stuck.workerID()
            #expect(try await stuck.deployment.run(["node", "drain", "nobody"]).ending == .exit(1))
            #expect(try await stuck.deployment.run(["node", "drain", id]).ending == .exit(0))
            try await eventually(deadline: .seconds(30), "it says that it drains") {
                try await stuck.deployment.nodes().contains { $0.id == id && $0.isDraining }
            }
            #expect(try await stuck.worker.waitForEnd() == .exit(0))
            #expect(try await !stuck.deployment.nodes().contains { $0.id == id }, "a node that has left is not listed")
            let next = try await stuck.deployment.startWorker()
            try await stuck.expectDeliveredOnce(attempts: 1)
            #expect(receiver.requests.count == 2)
            #expect(try await next.terminate() == .exit(0))
            stuck.end()
        }
    }

    @Test("after SIGTERM what is in flight is finished; a second one ends the process at once")
    func signals() async throws {
        try await FakeReceiver.withReceiver { receiver in
            let gate = Gate()
            let stuck = try await Stuck(receiver)
            stuck.worker.signal(SIGTERM)
            try await stuck.worker.waitForLine(containing: "draining")
            stuck.worker.signal(SIGTERM)
            #expect(try await stuck.worker.waitForEnd() == .exit(143))
            receiver.answer { _ in
                try await gate.wait()
                return .ok
            }
            // Who ends at once signs nothing off: it is taken for dead.
            let next = try await stuck.deployment.startWorker()
            try await receiver.waitForRequests(2)
            next.signal(SIGTERM)
            try await next.waitForLine(containing: "draining")
            gate.open()
            #expect(try await next.waitForEnd() == .exit(0))
            try await stuck.expectDeliveredOnce(attempts: 1)
            #expect(receiver.requests.count == 2)
            stuck.end()
        }
    }

    @Test(
        "a worker that dies or stops is noticed within 5 s, and no attempt is used up", arguments: [SIGKILL, SIGSTOP])
    func death(signal: Int32) async throws {
        // A machine that stands still for a second is not the program's fault: the best of three counts.
        var best = Int.max
        for _ in 0..<3 where best > 5000 { best = min(best, try await noticed(signal)) }
        #expect(best <= 5000, "\(best) ms")
    }

    /// How long after its death what a worker held was queued again, in milliseconds by Redis' time.
    private func noticed(_ signal: Int32) async throws -> Int {
        var took = Int.max
        try await FakeReceiver.withReceiver { receiver in
            let stuck = try await Stuck(receiver)
            let entry = try #require(try stuck.stream().first)
            receiver.answer { _ in .hang }
            let next = try await stuck.deployment.startWorker()
            try await eventually(deadline: .seconds(30), "the other worker is here") {
                try await stuck.deployment.nodes().count { $0.role == "worker" } == 2
            }
            stuck.worker.signal(signal)
            let start = try stuck.now()
            var found: (at: Int, fields: [String: String])?
            try await eventually(deadline: .seconds(60), "what it held is queued again") {
                found = try stuck.handedBack(after: entry)
                return found != nil
            }
            let back = try #require(found)
            took = back.at - start
            #expect(back.fields["a"] == "0", "no attempt is used up")
            #expect(back.fields["c"] == "1", "but the death is counted")
            next.signal(SIGKILL)
            stuck.worker.signal(SIGCONT)
            stuck.end()
        }
        return took
    }

    @Test("a worker that is given an address answers probes and shows its metrics there, and says when it is ending")
    func workerDoor() async throws {
        try await FakeReceiver.withReceiver(answer: { _ in .ok }) { receiver in
            let port = try FreePort.find()
            let stuck = try await Stuck(receiver, ["--listen", "127.0.0.1:\(port)"])
            let door = "http://127.0.0.1:\(port)"
            try await eventually { await HTTP.get(door + "/-/ready")?.status == 200 }
            #expect(await HTTP.get(door + "/-/healthy")?.status == 200)
            let metrics = await HTTP.get(door + "/metrics")
            #expect(metrics?.status == 200 && metrics?.body.contains("# TYPE tocsin_") == true)
            #expect(await HTTP.post(door + "/t/acme/api/v2/alerts", Posted.body(["two"]))?.status == 404)
            stuck.redis.signal(SIGSTOP)
            try await eventually { await HTTP.get(door + "/-/ready")?.status == 503 }
            stuck.redis.signal(SIGCONT)
            try await eventually { await HTTP.get(door + "/-/ready")?.status == 200 }
            for process in [stuck.ingest.process, stuck.worker, stuck.redis] { process.signal(SIGKILL) }
        }
    }

    @Test("each node tells what it is and does, on the command line and in the API")
    func status() async throws {
        try await FakeReceiver.withReceiver { receiver in
            let stuck = try await Stuck(receiver)
            _ = try await stuck.workerID()
            let nodes = try await stuck.deployment.nodes()
            #expect(nodes.map(\.role).sorted() == ["ingest", "worker"])
            #expect(nodes.allSatisfy { $0.protocolVersion >= 1 && $0.library.count == 12 && $0.memoryBytes > 1 << 20 })
            #expect(nodes.contains { $0.tenants == ["acme"] })
            #expect(nodes.allSatisfy { $0.ageMilliseconds < 10_000 && !$0.isDraining })
            let answer = await HTTP.get("http://127.0.0.1:\(stuck.ingest.port)/t/acme/api/v1/status")
            #expect(answer?.status == 200)
            #expect(answer?.body.contains(#""in_flight":1"#) == true, "\(answer?.body ?? "")")
            #expect(answer?.body.contains("acme") == false, "no tenant is named")
            let table = try await stuck.deployment.run(["node", "list"]).output
            #expect(table.contains("IN FLIGHT") && table.contains("worker"))
            stuck.end()
        }
    }
}
