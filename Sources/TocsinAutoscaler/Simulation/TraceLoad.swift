import TocsinCore

/// Plays a trace: how much comes at a moment, and how long a delivery takes then.
struct TraceLoad {
    private let trace: LoadTrace
    private var index = 0
    private var stepStart = 0.0
    private var hasBurst = false
    private var noiseSecond = -1
    private var noise = 0.0
    private var generator: SplitMix

    init(_ trace: LoadTrace, seed: UInt64) {
        self.trace = trace
        generator = SplitMix(state: seed)
    }

    /// What comes between two moments, in deliveries, and how long one takes, in seconds.
    mutating func next(at time: Double, for length: Double) -> (arrivals: Double, service: Double) {
        while index < trace.steps.count - 1, time >= stepStart + trace.steps[index].seconds - 1e-9 {
            stepStart += trace.steps[index].seconds
            index += 1
            hasBurst = false
        }
        let step = trace.steps[index]
        if Int(time) != noiseSecond {
            noiseSecond = Int(time)
            noise = (step.noise ?? 0) * (2 * generator.unit() - 1)
        }
        let part = min(1, (time - stepStart) / step.seconds)
        let rate = step.rate + ((step.toRate ?? step.rate) - step.rate) * part
        var arrivals = max(0, rate + noise) * length
        if !hasBurst {
            hasBurst = true
            arrivals += step.burst ?? 0
        }
        return (arrivals, (step.serviceMilliseconds ?? trace.serviceMilliseconds) / 1000)
    }
}

/// A small generator whose numbers are the same for the same seed.
///
/// SplitMix64: G. L. Steele, D. Lea and C. H. Flood, "Fast splittable pseudorandom number generators", 2014.
private struct SplitMix {
    var state: UInt64

    /// A number from 0 up to 1.
    mutating func unit() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11) / 9_007_199_254_740_992
    }
}
