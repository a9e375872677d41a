import Foundation
import Synchronization
import TocsinTesting

/// A master with a replica, three Sentinels, two ingest nodes and two workers.
final class FailoverCast: ChaosStage {
    private struct Processes {
        var servers: [RedisServers.Server]
        var ingests: [(process: ChildProcess, port: Int)] = []
        var workers: [ChildProcess] = []
        /// Who is to go on, or to be started again, when the fault is over.
        var frozen: [ChildProcess] = []
        var dead: Int?
    }

    let deployment: Deployment
    private let redis: RedisServers
    private let processes: Mutex<Processes>

    var ports: [Int] { processes.withLock { $0.ingests.map(\.port) } }

    init(tenants: String) async throws {
        redis = try await RedisServers.watchedBySentinels(["--appendonly", "yes"])
        deployment = try Deployment(tenants: tenants, redisURL: redis.url)
        var made = Processes(servers: redis.servers)
        for _ in 0..<2 {
            made.ingests.append(try await deployment.startIngest())
            made.workers.append(try await deployment.startWorker())
        }
        processes = Mutex(made)
    }

    /// The number of the server that most Sentinels name.
    private func master() async throws -> Int {
        var found: Int?
        try await eventually(deadline: .seconds(60), "the Sentinels agree on a master that serves") {
            var names: [Int] = []
            for sentinel in redis.sentinels where sentinel.process.isRunning {
                let answer = try await sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "tocsin")
                names.append(Int(answer.split(separator: "\n").last ?? "") ?? 0)
            }
            let servers = processes.withLock { $0.servers }
            guard let port = names.first, names.allSatisfy({ $0 == port }),
                let index = servers.firstIndex(where: { $0.port == port && $0.process.isRunning }),
                try await servers[index].ask("ROLE").hasPrefix("master")
            else { return false }
            found = index
            return true
        }
        return found ?? 0
    }

    /// Waits until a replica has what the master has: only then may the master be taken away, or both copies are gone.
    private func waitForReplica() async throws {
        try await eventually(deadline: .seconds(90), "a replica follows the master") {
            let servers = processes.withLock { $0.servers }
            return try await servers[master()].ask("INFO", "replication").contains("state=online")
        }
    }

    func killMaster() async throws {
        try await waitForReplica()
        let index = try await master()
        try await processes.withLock { $0.servers[index].process }.kill9()
        processes.withLock { $0.dead = index }
        try await expectAnother(than: index)
    }

    func freezeMaster() async throws {
        try await waitForReplica()
        let index = try await master()
        let process = processes.withLock { $0.servers[index].process }
        process.signal(SIGSTOP)
        processes.withLock { $0.frozen.append(process) }
    }

    /// Has the Sentinels change masters although nothing is wrong, as for an upgrade.
    func switchMasters() async throws {
        try await waitForReplica()
        let index = try await master()
        for _ in 0..<8 {
            // Refused while a change is under way, and while the Sentinel has not seen that the replica is well again.
            try await redis.sentinels[0].ask("SENTINEL", "FAILOVER", "tocsin")
            if (try? await expectAnother(than: index, within: .seconds(15))) != nil { return }
        }
        try await expectAnother(than: index, within: .seconds(15))
    }

    private func expectAnother(than index: Int, within deadline: Duration = .seconds(90)) async throws {
        try await eventually(deadline: deadline, "another server is master") { try await master() != index }
    }

    func freezeSentinel(_ index: Int) {
        let process = redis.sentinels[index].process
        process.signal(SIGSTOP)
        processes.withLock { $0.frozen.append(process) }
    }

    func killWorker(_ index: Int, politely: Bool) async throws {
        let worker = processes.withLock { $0.workers[index] }
        if politely { try await worker.terminate() } else { try await worker.kill9() }
        let next = try await deployment.startWorker()
        processes.withLock { $0.workers[index] = next }
    }

    func killIngest(_ index: Int) async throws {
        // Its ring dies with it; what it took is with a replica, or the master lives on.
        try await waitForReplica()
        try await processes.withLock { $0.ingests[index].process }.kill9()
        let next = try await deployment.startIngest()
        processes.withLock { $0.ingests[index] = next }
    }

    func freezeWorker(_ index: Int) {
        processes.withLock { processes in
            processes.workers[index].signal(SIGSTOP)
            processes.frozen.append(processes.workers[index])
        }
    }

    /// Lets all go on, and brings back a server that died: the Sentinels make it a replica.
    func mend() async throws {
        let (frozen, dead) = processes.withLock { processes in
            defer { (processes.frozen, processes.dead) = ([], nil) }
            return (processes.frozen, processes.dead)
        }
        for process in frozen { process.signal(SIGCONT) }
        guard let dead else { return }
        let server = try await redis.restart(processes.withLock { $0.servers[dead] })
        processes.withLock { $0.servers[dead] = server }
    }

    func end() async throws {
        let (workers, ingests, servers) = processes.withLock { ($0.workers, $0.ingests, $0.servers) }
        for worker in workers { try await worker.terminate() }
        for ingest in ingests { try await ingest.process.terminate() }
        for server in servers { server.process.signal(SIGKILL) }
        redis.end()
    }
}
