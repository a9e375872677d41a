import Foundation
import Testing
import TocsinTesting

/// What goes wrong around one Redis.
enum Fault: String, ChaosFault {
    case killWorker = "a worker is killed"
    case drainWorker = "a worker is asked to leave"
    case freezeWorker = "a worker is frozen, and wakes"
    case cutWorkers = "no worker reaches Redis"
    case killIngest = "an ingest node is killed"
    case freezeIngest = "an ingest node is frozen, and wakes"
    case cutIngests = "no ingest node reaches Redis"
    case killRedis = "Redis is killed, and started again"
    case freezeRedis = "Redis is frozen, and wakes"
    case pauseRedis = "Redis takes no writes"
    case fillRedis = "Redis has no memory left"
    case flushFunctions = "Redis forgets its functions"
    case dropConnections = "Redis drops all connections"
    case fillDisk = "the disk of Redis is full"
    case jumpForward = "the nodes' clock jumps forward, and back again"
    case jumpBack = "the nodes' clock jumps back, and forward again"

    /// How long it lasts; `zero` for what happens at once.
    func duration(_ generator: inout SeededGenerator) -> Duration {
        switch self {
        case .freezeWorker: .milliseconds(Int.random(in: 500...7000, using: &generator))
        case .cutWorkers, .freezeRedis: .milliseconds(Int.random(in: 300...4000, using: &generator))
        case .freezeIngest, .cutIngests, .pauseRedis, .fillRedis, .fillDisk, .jumpForward, .jumpBack:
            .milliseconds(Int.random(in: 200...2000, using: &generator))
        default: .zero
        }
    }

    /// Begins.
    func begin(_ cast: ChaosCast, _ generator: inout SeededGenerator, _ duration: Duration) async throws {
        let worker = Int.random(in: 0..<cast.workers.count, using: &generator)
        let ingest = Int.random(in: 0..<cast.ingests.count, using: &generator)
        switch self {
        case .killWorker:
            try await cast.workers[worker].kill9()
            try await cast.replaceWorker(worker)
        case .drainWorker:
            #expect(try await cast.workers[worker].terminate() == .exit(0))
            try await cast.replaceWorker(worker)
        case .freezeWorker: cast.freeze(cast.workers[worker])
        case .cutWorkers: await cast.workerLink.set(isCut: true)
        case .killIngest:
            try await cast.ingests[ingest].process.kill9()
            try await cast.replaceIngest(ingest)
        case .freezeIngest: cast.freeze(cast.ingests[ingest].process)
        case .cutIngests: await cast.ingestLink.set(isCut: true)
        case .killRedis: try await cast.restartRedis()
        case .freezeRedis: cast.freeze(cast.redis)
        case .pauseRedis:
            try cast.deployment.redisCommand("CLIENT", "PAUSE", "\(duration.milliseconds)", "WRITE")
        case .fillRedis: try cast.deployment.redisCommand("CONFIG", "SET", "maxmemory", "1mb")
        case .flushFunctions: try cast.deployment.redisCommand("FUNCTION", "FLUSH", "SYNC")
        case .dropConnections: try cast.deployment.redisCommand("CLIENT", "KILL", "TYPE", "normal")
        case .fillDisk: cast.fillDisk()
        case .jumpForward: try cast.jump(seconds: Int.random(in: 1...7200, using: &generator))
        case .jumpBack: try cast.jump(seconds: -Int.random(in: 1...7200, using: &generator))
        }
    }

    /// Ends, whatever it was.
    func end(_ cast: ChaosCast) async throws {
        cast.thaw()
        switch self {
        case .cutWorkers: await cast.workerLink.set(isCut: false)
        case .cutIngests: await cast.ingestLink.set(isCut: false)
        case .fillRedis: try cast.deployment.redisCommand("CONFIG", "SET", "maxmemory", "0")
        case .fillDisk: try await cast.clearDisk()
        case .jumpForward, .jumpBack: try cast.jump(seconds: 0)
        default: break
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
