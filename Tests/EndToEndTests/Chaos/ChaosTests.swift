import Foundation
import Testing
import TocsinTesting

private let chaosSeconds = Int(ProcessInfo.processInfo.environment["TOCSIN_CHAOS_SECONDS"] ?? "") ?? 30
private let chaosSeeds = Int(ProcessInfo.processInfo.environment["TOCSIN_CHAOS_SEEDS"] ?? "") ?? 1
private let firstSeed =
    UInt64(ProcessInfo.processInfo.environment["TOCSIN_CHAOS_SEED"] ?? "") ?? UInt64(Date().timeIntervalSince1970)
private let seeds = (0..<chaosSeeds).map { firstSeed &+ UInt64($0) }

/// What was accepted must arrive, whatever goes wrong.
///
/// `TOCSIN_CHAOS_SECONDS` (default 30), `TOCSIN_CHAOS_SEED` and `TOCSIN_CHAOS_SEEDS` (default 1) set the length of a run, the
/// course of the first and how many there are; `scripts/chaos` sets them.
@Suite("Chaos", .serialized, .timeLimit(.minutes(10 + chaosSeconds / 60)))
struct ChaosTests {
    @Test("one Redis: nothing accepted is lost, nothing is out of order, the ledgers balance", arguments: seeds)
    func chaos(seed: UInt64) async throws {
        try await ChaosCourse<Fault>(seed: seed, seconds: chaosSeconds, durability: "fsync", keepsOrder: true).run {
            try await ChaosCast(tenants: $0)
        }
    }

    @Test("a master that Sentinels replace: nothing accepted is lost, and the ledgers balance", arguments: seeds)
    func failover(seed: UInt64) async throws {
        let course = ChaosCourse<FailoverFault>(
            seed: seed, seconds: chaosSeconds, durability: "replicated:1", keepsOrder: false)
        try await course.run { try await FailoverCast(tenants: $0) }
    }
}
