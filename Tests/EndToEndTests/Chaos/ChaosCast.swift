import Foundation
import Synchronization
import TocsinTesting

/// A Redis on a small disk, two ingest nodes, two workers, and the ways between them.
final class ChaosCast: ChaosStage {
    struct Processes {
        var redis: ChildProcess
        var ingests: [(process: ChildProcess, port: Int)] = []
        var workers: [ChildProcess] = []
        var frozen: [ChildProcess] = []
    }

    let deployment: Deployment
    let ingestLink: CuttableLink
    let workerLink: CuttableLink
    private let processes: Mutex<Processes>

    var redis: ChildProcess { processes.withLock { $0.redis } }
    var ingests: [(process: ChildProcess, port: Int)] { processes.withLock { $0.ingests } }
    var workers: [ChildProcess] { processes.withLock { $0.workers } }

    var ports: [Int] { ingests.map(\.port) }

    /// Whether Redis' directory is a file system of its own, which can be filled: that takes a right to mount.
    let hasOwnDisk: Bool

    private let clock: FalseClock

    init(tenants: String) async throws {
        clock = try FalseClock()
        deployment = try Deployment(tenants: tenants, fsync: "always", environment: clock.environment)
        hasOwnDisk = SmallDisk.mount(deployment.redisDirectory, megabytes: 512)
        if !hasOwnDisk { print("chaos: no full disk, because a file system may not be mounted here") }
        var processes = Processes(redis: try await deployment.startRedis())
        ingestLink = try await .toSocket(deployment.directory.file("redis.sock"))
        workerLink = try await .toSocket(deployment.directory.file("redis.sock"))
        for _ in 0..<2 {
            processes.ingests.append(try await deployment.startIngest(over: ingestLink))
            processes.workers.append(try await deployment.startWorker(over: workerLink))
        }
        self.processes = Mutex(processes)
    }

    func replaceWorker(_ index: Int) async throws {
        let worker = try await deployment.startWorker(over: workerLink)
        processes.withLock { $0.workers[index] = worker }
    }

    func replaceIngest(_ index: Int) async throws {
        let ingest = try await deployment.startIngest(over: ingestLink)
        processes.withLock { $0.ingests[index] = ingest }
    }

    func restartRedis() async throws {
        try await redis.kill9()
        let redis = try await deployment.startRedis()
        processes.withLock { $0.redis = redis }
    }

    func freeze(_ process: ChildProcess) {
        process.signal(SIGSTOP)
        processes.withLock { $0.frozen.append(process) }
    }

    func thaw() {
        let frozen = processes.withLock { processes in
            defer { processes.frozen = [] }
            return processes.frozen
        }
        for process in frozen { process.signal(SIGCONT) }
    }

    func end() async throws {
        for worker in workers { try await worker.terminate() }
        for ingest in ingests { try await ingest.process.terminate() }
        try await redis.terminate()
        await ingestLink.close()
        await workerLink.close()
        if hasOwnDisk { SmallDisk.unmount(deployment.redisDirectory) }
    }

    /// Moves the clock of all nodes; Redis goes on by its own.
    func jump(seconds: Int) throws { try clock.jump(seconds: seconds) }

    /// Leaves Redis no room to write.
    func fillDisk() { if hasOwnDisk { SmallDisk.fill(deployment.redisDirectory) } }

    /// Gives the room back, and starts Redis again if it has given up.
    func clearDisk() async throws {
        guard hasOwnDisk else { return }
        SmallDisk.clear(deployment.redisDirectory)
        // With appendfsync always a server that cannot write ends by itself, at its next write.
        guard !redis.isRunning else { return }
        let redis = try await deployment.startRedis()
        processes.withLock { $0.redis = redis }
    }
}
