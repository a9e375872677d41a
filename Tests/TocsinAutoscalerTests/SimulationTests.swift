import Testing

@testable import TocsinAutoscaler

/// The law on simulated loads, beside what the field uses.
@Suite struct SimulationTests {
    static var policy: ScalingPolicy {
        var policy = ScalingPolicy()
        policy.maximum = 60
        return policy
    }

    static let reports = Simulation.compare(policy: policy)

    private static func all(_ name: String) throws -> Simulation.Report {
        try #require(reports.first { $0.controller == name && $0.trace == "all" })
    }

    @Test(arguments: Simulation.controllers(policy).map(\.name).filter { $0 != "Tocsin" })
    func waitsLessAndCostsNoMore(than rival: String) throws {
        let own = try Self.all("Tocsin")
        let other = try Self.all(rival)
        #expect(own.late < other.late, "\(own) \(other)")
        #expect(own.p99Seconds <= other.p99Seconds, "\(own) \(other)")
        // Who never makes the pool larger is cheaper, and leaves nearly everything waiting.
        if other.late < 0.5 { #expect(own.workerHours <= other.workerHours, "\(own) \(other)") }
    }

    @Test func doesNotFlapOnASteadyLoad() throws {
        let report = try #require(Self.reports.first { $0.controller == "Tocsin" && $0.trace == "steady" })
        #expect(report.reversals <= 1, "\(report)")
        #expect(report.late == 0, "\(report)")
    }

    @Test(arguments: [2, 3, 4, 5] as [UInt64]) func holdsForOtherNoise(seed: UInt64) throws {
        let reports = Simulation.compare(
            LoadTrace.examples.filter { $0.name != "day" }, policy: Self.policy, seed: seed
        ).filter { $0.trace == "all" }
        let own = try #require(reports.first)
        for other in reports.dropFirst() {
            #expect(own.late < other.late, "\(own) \(other)")
            if other.late < 0.5 { #expect(own.workerHours <= other.workerHours, "\(own) \(other)") }
        }
    }
}
