/// Kubernetes' HorizontalPodAutoscaler with its default behaviour, to compare with.
///
/// As in `pkg/controller/podautoscaler/replica_calculator.go` and `horizontal.go` of kubernetes/kubernetes: asked every
/// 15 s, a tolerance of 0.1, the largest recommendation of 300 s before it shrinks, and at most twice as many or four more
/// in 15 s when it grows.
struct HorizontalPodAutoscaler: SimulatedScaler {
    /// What it looks at.
    enum Metric {
        /// The workers' processors, as a part of what was asked for them.
        case cpu(target: Double)
        /// KEDA's redis-streams scaler: entries that were never delivered (`lagCount`), per worker.
        case lag(target: Double)
        /// KEDA's redis-streams scaler: entries that are delivered and not acknowledged (`pendingEntriesCount`), per worker.
        case pending(target: Double)
    }

    private static let tolerance = 0.1
    private static let downWindow = 300.0

    let period = 15.0
    let metric: Metric
    let minimum: Int
    let maximum: Int
    private var recommendations: [(at: Double, size: Int)] = []

    init(_ metric: Metric, minimum: Int, maximum: Int) {
        self.metric = metric
        self.minimum = minimum
        self.maximum = maximum
    }

    mutating func size(of pool: SimulatedPool, flow: SimulatedFlow, at time: Double) -> Int {
        let current = pool.size
        let wanted = min(maximum, max(minimum, recommendation(pool, flow)))
        recommendations.removeAll { time - $0.at >= Self.downWindow }
        recommendations.append((time, wanted))
        let stable = max(wanted, min(current, recommendations.map(\.size).max() ?? wanted))
        // One period is as long as the policies' own, so that what changed within it is the current size.
        return min(stable, max(current * 2, current + 4))
    }

    private func recommendation(_ pool: SimulatedPool, _ flow: SimulatedFlow) -> Int {
        switch metric {
        case .cpu(let target): resource(pool, usage: pool.busy, target: target)
        case .lag(let target): external(pool, total: pool.waiting, target: target)
        case .pending(let target): external(pool, total: pool.inFlight, target: target)
        }
    }

    /// `GetResourceReplicas`: workers that are not ready count as idle when it would grow.
    private func resource(_ pool: SimulatedPool, usage: Double, target: Double) -> Int {
        let current = pool.size
        guard pool.ready > 0 else { return current }
        let ratio = usage / target
        if pool.starting == 0 || ratio <= 1 {
            return abs(ratio - 1) <= Self.tolerance ? current : Int((ratio * Double(pool.ready)).rounded(.up))
        }
        let cautious = usage * Double(pool.ready) / Double(current) / target
        if abs(cautious - 1) <= Self.tolerance || cautious < 1 { return current }
        return max(current, Int((cautious * Double(current)).rounded(.up)))
    }

    /// `GetExternalPerPodMetricReplicas`, which is how KEDA's triggers are asked for.
    private func external(_ pool: SimulatedPool, total: Double, target: Double) -> Int {
        let current = pool.size
        let ratio = total / (target * Double(max(1, current)))
        if abs(ratio - 1) <= Self.tolerance { return current }
        return Int((total / target).rounded(.up))
    }
}
