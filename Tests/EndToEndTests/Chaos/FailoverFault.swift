import Foundation
import TocsinTesting

/// What goes wrong around a master that Sentinels watch.
enum FailoverFault: String, ChaosFault {
    case killMaster = "the master is killed, and comes back as a replica"
    case freezeMaster = "the master is frozen until another is chosen, and wakes"
    case switchMasters = "the Sentinels change masters"
    case freezeSentinel = "a Sentinel is frozen, and wakes"
    case killWorker = "a worker is killed"
    case drainWorker = "a worker is asked to leave"
    case freezeWorker = "a worker is frozen, and wakes"
    case killIngest = "an ingest node is killed"

    func duration(_ generator: inout SeededGenerator) -> Duration {
        switch self {
        case .freezeMaster: .milliseconds(Int.random(in: 500...6000, using: &generator))
        case .freezeWorker: .milliseconds(Int.random(in: 500...7000, using: &generator))
        case .freezeSentinel: .milliseconds(Int.random(in: 300...3000, using: &generator))
        default: .zero
        }
    }

    func begin(_ cast: FailoverCast, _ generator: inout SeededGenerator, _ duration: Duration) async throws {
        let index = Int.random(in: 0..<2, using: &generator)
        switch self {
        case .killMaster: try await cast.killMaster()
        case .freezeMaster: try await cast.freezeMaster()
        case .switchMasters: try await cast.switchMasters()
        case .freezeSentinel: cast.freezeSentinel(index)
        case .killWorker: try await cast.killWorker(index, politely: false)
        case .drainWorker: try await cast.killWorker(index, politely: true)
        case .freezeWorker: cast.freezeWorker(index)
        case .killIngest: try await cast.killIngest(index)
        }
    }

    func end(_ cast: FailoverCast) async throws { try await cast.mend() }
}
