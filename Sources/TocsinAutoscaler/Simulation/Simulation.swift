import TocsinCore

/// Plays loads on simulated pools.
public enum Simulation {
    private static let tick = 0.25

    /// What came of a load.
    public struct Report: Sendable, Hashable, Codable {
        /// Who decided.
        public var controller: String
        /// The load's name.
        public var trace: String
        /// The part of the deliveries that waited for more than two seconds.
        public var late: Double
        /// How long 95 of a hundred waited at most, in seconds.
        public var p95Seconds: Double
        /// How long 99 of a hundred waited at most, in seconds.
        public var p99Seconds: Double
        /// What the workers cost.
        public var workerHours: Double
        /// How often the pool grew after it had shrunk, or the other way about.
        public var reversals: Int
        /// The largest size.
        public var peak: Int
        /// How many deliveries there were.
        public var deliveries: Double
    }

    /// A controller by name.
    struct Controller {
        let name: String
        let make: () -> any SimulatedScaler
    }

    /// This module's law and what the field uses, with the same bounds.
    static func controllers(_ policy: ScalingPolicy) -> [Controller] {
        func rival(_ name: String, _ metric: HorizontalPodAutoscaler.Metric) -> Controller {
            Controller(name: name) {
                HorizontalPodAutoscaler(metric, minimum: max(1, policy.minimum), maximum: policy.maximum)
            }
        }
        return [
            Controller(name: "Tocsin") { LawScaler(policy) },
            rival("HPA, CPU 70 %", .cpu(target: 0.7)),
            rival("KEDA, lagCount 5", .lag(target: 5)),
            rival("KEDA, lagCount 200", .lag(target: 200)),
            rival("KEDA, pendingEntriesCount 5", .pending(target: 5)),
            rival("KEDA, pendingEntriesCount 14", .pending(target: 14)),
            rival("KEDA, pendingEntriesCount 20", .pending(target: 20)),
        ]
    }

    /// Plays every load with every controller, and adds a row `all` for each.
    public static func compare(
        _ traces: [LoadTrace] = LoadTrace.examples, policy: ScalingPolicy, seed: UInt64 = 1
    ) -> [Report] {
        controllers(policy).flatMap { controller in
            var all = Tally()
            var reports: [Report] = []
            for trace in traces {
                var scaler = controller.make()
                let tally = play(trace, &scaler, seed: seed)
                reports.append(tally.report(controller.name, trace.name))
                all.add(tally)
            }
            return reports + [all.report(controller.name, "all")]
        }
    }

    /// Plays a load with this module's law.
    ///
    /// - Returns: What came of it, and every decision that changed the size.
    public static func replay(
        _ trace: LoadTrace, policy: ScalingPolicy, seed: UInt64 = 1
    ) -> (report: Report, decisions: [ScalingDecision]) {
        var scaler: any SimulatedScaler = LawScaler(policy)
        let tally = play(trace, &scaler, seed: seed)
        return (tally.report("Tocsin", trace.name), (scaler as? LawScaler)?.decisions ?? [])
    }

    private static func play(_ trace: LoadTrace, _ scaler: inout any SimulatedScaler, seed: UInt64) -> Tally {
        var load = TraceLoad(trace, seed: seed)
        // As many as the first load needs, so that no controller is blamed for a cold start.
        let first =
            trace.steps.first.map { $0.rate * ($0.serviceMilliseconds ?? trace.serviceMilliseconds) / 1000 } ?? 0
        var pool = SimulatedPool(
            trace, workers: max(1, Int((first / (Double(trace.concurrency) * 0.75)).rounded(.up))))
        var tally = Tally()
        var flow = SimulatedFlow()
        var nextLook = scaler.period
        for index in 0..<Int((trace.seconds / tick).rounded()) {
            let time = Double(index) * tick
            let (arrivals, service) = load.next(at: time, for: tick)
            flow.served += pool.advance(arrivals, service: service, at: time, for: tick)
            flow.arrivals += arrivals
            flow.seconds += tick
            guard time + tick >= nextLook - 1e-9 else { continue }
            nextLook += scaler.period
            let size = scaler.size(of: pool, flow: flow, at: time + tick)
            tally.note(size - pool.size)
            pool.resize(to: size, at: time + tick)
            tally.peak = max(tally.peak, pool.size)
            flow = SimulatedFlow()
        }
        pool.close(at: trace.seconds)
        tally.waits = pool.waits
        tally.workerSeconds = pool.workerSeconds
        return tally
    }

    /// What is counted of one or more loads.
    private struct Tally {
        var waits: [(seconds: Double, count: Double)] = []
        var workerSeconds = 0.0
        var reversals = 0
        var peak = 0
        private var direction = 0

        mutating func note(_ change: Int) {
            guard change != 0 else { return }
            if direction != 0, change.signum() != direction { reversals += 1 }
            direction = change.signum()
        }

        mutating func add(_ other: Tally) {
            waits += other.waits
            workerSeconds += other.workerSeconds
            reversals += other.reversals
            peak = max(peak, other.peak)
        }

        func report(_ controller: String, _ trace: String) -> Report {
            let sorted = waits.sorted { $0.seconds < $1.seconds }
            let total = sorted.reduce(0) { $0 + $1.count }
            func percentile(_ part: Double) -> Double {
                var sum = 0.0
                for wait in sorted {
                    sum += wait.count
                    if sum >= part * total { return wait.seconds }
                }
                return sorted.last?.seconds ?? 0
            }
            let late = sorted.reduce(0) { $0 + ($1.seconds > 2 ? $1.count : 0) }
            return Report(
                controller: controller, trace: trace, late: total > 0 ? late / total : 0, p95Seconds: percentile(0.95),
                p99Seconds: percentile(0.99), workerHours: workerSeconds / 3600, reversals: reversals, peak: peak,
                deliveries: total)
        }
    }
}
