import TocsinCore

/// Something that says how large a simulated pool is to be.
protocol SimulatedScaler {
    /// How often it is asked, in seconds.
    var period: Double { get }
    /// How large the pool is to be.
    mutating func size(of pool: SimulatedPool, flow: SimulatedFlow, at time: Double) -> Int
}

/// What went in and out of a simulated pool since it was last looked at.
struct SimulatedFlow {
    var arrivals = 0.0
    var served = 0.0
    var seconds = 0.0
}

/// The law of this module itself.
struct LawScaler: SimulatedScaler {
    let period = 1.0
    let policy: ScalingPolicy
    private var state = ScalingState()
    /// What was decided, for those who want to read it.
    private(set) var decisions: [ScalingDecision] = []

    init(_ policy: ScalingPolicy) { self.policy = policy }

    mutating func size(of pool: SimulatedPool, flow: SimulatedFlow, at time: Double) -> Int {
        var seen = PoolObservation(concurrency: pool.concurrency, desired: pool.size, running: pool.ready)
        seen.depth = Int(pool.waiting.rounded())
        seen.unrouted = 0
        seen.oldestAgeMilliseconds = Int64(pool.oldestAge(at: time) * 1000)
        seen.arrivalRate = flow.arrivals / flow.seconds
        seen.attemptRate = flow.served / flow.seconds
        seen.inFlight = Int(pool.inFlight.rounded())
        let decision: ScalingDecision
        (state, decision) = ScalingLaw.decide(
            state, seen, policy, now: Timestamp(milliseconds: Int64(time * 1000)))
        if decision.isChange { decisions.append(decision) }
        return decision.size
    }
}
