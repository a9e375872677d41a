public import TocsinCore

/// Decides how large a pool is to be.
///
/// By Little's law a steady load of λ deliveries a second, each of S seconds, keeps λ·S of them under way, which takes
/// λ·S/(c·ρ) workers of c places filled to a part ρ. A backlog takes its size over what one worker does until it is to be
/// gone. The largest need counts; the pool grows at once and shrinks slowly.
public enum ScalingLaw {
    /// Decides, from what is remembered, what is seen, and what is wanted; nothing else has a part in it.
    ///
    /// - Returns: What is to be remembered for the next decision, and this one.
    public static func decide(
        _ state: ScalingState, _ seen: PoolObservation, _ policy: ScalingPolicy, now: Timestamp
    ) -> (state: ScalingState, decision: ScalingDecision) {
        var state = state
        state.learn(from: seen, policy, now: now)
        let capacity = Capacity(state, seen, policy)
        let candidates = needs(&state, seen, policy, capacity, now)
        let (size, reason) = choose(&state, seen, policy, candidates, now)
        var decision = ScalingDecision(
            atMilliseconds: now.milliseconds, from: seen.desired, size: size, reason: reason, sentence: "",
            candidates: candidates, windowNeed: state.highestNeed, expectedRate: capacity.expectedRate,
            serviceMilliseconds: capacity.serviceSeconds * 1000, workerRate: capacity.workerRate, observation: seen)
        decision.sentence = DecisionText.sentence(decision, policy)
        return (state, decision)
    }

    /// What one worker can do, and how much there will be to do.
    struct Capacity {
        let expectedRate: Double
        let serviceSeconds: Double
        /// Deliveries a second of one worker.
        let workerRate: Double

        init(_ state: ScalingState, _ seen: PoolObservation, _ policy: ScalingPolicy) {
            // What comes until a worker that is asked for now can help.
            expectedRate = state.forecast.rate(ahead: policy.startTime.seconds + 1)
            serviceSeconds = max(0.001, state.serviceSeconds ?? policy.serviceTime.seconds)
            var rate = min(Double(max(1, seen.concurrency)) / serviceSeconds, policy.workerRate)
            // Where processors are what limits, each delivery has its price in processor time.
            if let cpu = seen.cpu, cpu > 0.3, let attempts = seen.attemptRate, attempts > 1, seen.running > 0 {
                rate = min(rate, attempts / (Double(seen.running) * cpu) * policy.cpuTarget)
            }
            workerRate = max(0.01, rate)
        }
    }

    private static func needs(
        _ state: inout ScalingState, _ seen: PoolObservation, _ policy: ScalingPolicy, _ capacity: Capacity,
        _ now: Timestamp
    ) -> [ScalingDecision.Candidate] {
        var found: [ScalingDecision.Candidate] = []
        func add(_ reason: ScalingDecision.Reason, _ workers: Double) {
            found.append(.init(reason: reason, workers: workers))
        }
        let steady = capacity.expectedRate / (capacity.workerRate * policy.utilisation)
        // Less than one delivery a minute keeps nobody busy, and would keep an idle pool awake for ever.
        add(.steadyLoad, capacity.expectedRate < 1.0 / 60 ? 0 : steady)
        if let depth = seen.depth {
            let backlog = Double(depth) / capacity.workerRate
            add(.backlog, steady + backlog / policy.drainTarget.seconds)
            if let age = age(seen), age > policy.slo.seconds / 2, depth > 0 {
                add(.age, steady + backlog / max(0.5, policy.slo.seconds - age))
            }
        }
        if let unrouted = seen.unrouted {
            add(.routing, Double(unrouted) / (policy.routingRate * policy.drainTarget.seconds))
        }
        if let cpu = seen.cpu { add(.cpu, Double(seen.running) * cpu / policy.cpuTarget) }
        if let rule = rule(&state, seen, policy, now) { add(.rule, rule) }
        return found
    }

    private static func age(_ seen: PoolObservation) -> Double? { seen.oldestAgeMilliseconds.map { Double($0) / 1000 } }

    /// What the operator's rules want; one that was followed is not followed again before it can have had its effect.
    private static func rule(
        _ state: inout ScalingState, _ seen: PoolObservation, _ policy: ScalingPolicy, _ now: Timestamp
    ) -> Double? {
        let factor = policy.rules.filter { ($0.value(in: seen) ?? -.infinity) > $0.threshold }.map(\.factor).max()
        guard let factor, seen.running > 0 else { return nil }
        if seen.running < seen.desired { return Double(seen.desired) }
        if let last = state.lastRuleAt, now - last < policy.ruleInterval { return Double(seen.desired) }
        state.lastRuleAt = now
        return Double(seen.running) * factor
    }

    private static func choose(
        _ state: inout ScalingState, _ seen: PoolObservation, _ policy: ScalingPolicy,
        _ candidates: [ScalingDecision.Candidate], _ now: Timestamp
    ) -> (Int, ScalingDecision.Reason) {
        let current = seen.desired
        guard current >= policy.minimum else { return (policy.minimum, .minimum) }
        if let until = state.frozenUntil, now < until { return (current, .frozen) }
        guard seen.unknownEssentials.isEmpty else {
            // What was needed while nobody saw is unknown too: the window begins anew.
            state.watchingSince = nil
            return (current, .metricUnknown)
        }
        if state.watchingSince == nil { state.watchingSince = now }

        let need = candidates.max { $0.workers < $1.workers } ?? .init(reason: .steadyLoad, workers: 0)
        let isUrgent = seen.hasWork && (age(seen) ?? 0) > policy.slo.seconds / 2
        let wanted = max(Int(min(need.workers, 1_000_000).rounded(.up)), floor(state, seen, policy, now))
        state.note(need: wanted, window: policy.downWindow, now: now)
        if wanted > current, current == 0 || isUrgent || need.workers > Double(current) * (1 + policy.deadband) {
            return grow(seen, policy, to: wanted, for: need.reason)
        }
        if current > policy.maximum { return (policy.maximum, .maximum) }
        return shrink(&state, seen, policy, isUrgent: isUrgent, now)
    }

    /// The fewest that may be there now: the minimum, and one until an idle pool may sleep.
    private static func floor(
        _ state: ScalingState, _ seen: PoolObservation, _ policy: ScalingPolicy, _ now: Timestamp
    ) -> Int {
        guard policy.minimum == 0 else { return policy.minimum }
        let soon = policy.startTime.milliseconds + (seen.desired > 0 ? policy.idleAfter.milliseconds : 1000)
        let isDueSoon = seen.nextDueMilliseconds.map { $0 <= soon } ?? false
        if seen.hasWork || isDueSoon || (seen.inFlight ?? 0) > 0 { return 1 }
        let isIdle = state.lastBusyAt.map { now - $0 >= policy.idleAfter } ?? false
        return seen.desired > 0 && !isIdle ? 1 : 0
    }

    private static func grow(
        _ seen: PoolObservation, _ policy: ScalingPolicy, to wanted: Int, for reason: ScalingDecision.Reason
    ) -> (Int, ScalingDecision.Reason) {
        let current = seen.desired
        if seen.failedStarts >= policy.failedStarts { return (current, .startsFailing) }
        // A pool that sleeps is woken in any case.
        let isRedisSlow =
            (seen.redisP99Milliseconds ?? 0) > policy.redisLatency.seconds * 1000
            || (seen.redisLoad ?? 0) > policy.redisLoad
        if isRedisSlow, current > 0 { return (current, .redisLimit) }
        var size = min(wanted, max(current * 2, current + policy.upStep))
        if let free = seen.freePlaces, let flying = seen.inFlight, current > 0, (seen.unrouted ?? 0) == 0 {
            let places = Double(free + flying) / (Double(max(1, seen.concurrency)) * policy.utilisation)
            let limit = max(current, Int(min(places, 1_000_000).rounded(.up)))
            if limit < size, reason != .rule, reason != .cpu {
                return limit > current ? (min(limit, policy.maximum), .egressLimit) : (current, .egressLimit)
            }
        }
        if size > policy.maximum { size = max(current, policy.maximum) }
        guard size > current else { return (current, .maximum) }
        return (size, current == 0 ? .wake : reason)
    }

    private static func shrink(
        _ state: inout ScalingState, _ seen: PoolObservation, _ policy: ScalingPolicy, isUrgent: Bool, _ now: Timestamp
    ) -> (Int, ScalingDecision.Reason) {
        let current = seen.desired
        let needed = max(policy.minimum, state.highestNeed)
        guard current > policy.minimum else { return (current, .fits) }
        guard let since = state.watchingSince, now - since >= policy.downWindow, needed < current, !isUrgent else {
            return (current, (state.needs.last?.workers ?? 0) < current ? .stabilising : .fits)
        }
        guard Double(needed) <= Double(current) * (1 - policy.deadband) else { return (current, .fits) }
        if let last = state.lastShrunkAt, now - last < policy.downPeriod { return (current, .stabilising) }
        let step = max(1, Int(Double(current) * policy.downStep))
        var size = max(needed, current - step)
        // The last one goes alone.
        if size == 0, current > 1 { size = 1 }
        state.lastShrunkAt = now
        return (size, size == 0 ? .idle : .lessNeeded)
    }
}
