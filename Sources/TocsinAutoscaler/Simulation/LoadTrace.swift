import TocsinCore

/// A load over time, for trying a policy on.
public struct LoadTrace: Sendable, Hashable, Codable {
    /// A stretch of time with one kind of load.
    public struct Step: Sendable, Hashable, Codable {
        /// How long it lasts, in seconds.
        public var seconds: Double
        /// New deliveries a second at its beginning.
        public var rate: Double
        /// New deliveries a second at its end; the same as at its beginning if it is left out.
        public var toRate: Double?
        /// By how much the rate differs from second to second, evenly, up and down.
        public var noise: Double?
        /// Deliveries that come all at once at its beginning.
        public var burst: Double?
        /// How long a delivery takes, in milliseconds; as the trace says if it is left out.
        public var serviceMilliseconds: Double?

        /// A stretch.
        public init(
            seconds: Double, rate: Double, toRate: Double? = nil, noise: Double? = nil, burst: Double? = nil,
            serviceMilliseconds: Double? = nil
        ) {
            self.seconds = seconds
            self.rate = rate
            self.toRate = toRate
            self.noise = noise
            self.burst = burst
            self.serviceMilliseconds = serviceMilliseconds
        }
    }

    /// Its name.
    public var name: String
    /// How long a delivery takes, in milliseconds, unless a step says otherwise.
    public var serviceMilliseconds: Double
    /// Deliveries that a worker has under way at most.
    public var concurrency: Int
    /// How long a worker takes to start, in seconds.
    public var startSeconds: Double
    /// The stretches, one after the other.
    public var steps: [Step]

    /// A trace.
    public init(
        name: String, serviceMilliseconds: Double = 200, concurrency: Int = 20, startSeconds: Double = 8, steps: [Step]
    ) {
        self.name = name
        self.serviceMilliseconds = serviceMilliseconds
        self.concurrency = concurrency
        self.startSeconds = startSeconds
        self.steps = steps
    }

    /// Reads a trace; what is left out is at its default.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try container.decodeIfPresent(String.self, forKey: .name) ?? "trace",
            steps: try container.decode([Step].self, forKey: .steps))
        serviceMilliseconds =
            try container.decodeIfPresent(Double.self, forKey: .serviceMilliseconds) ?? serviceMilliseconds
        concurrency = try container.decodeIfPresent(Int.self, forKey: .concurrency) ?? concurrency
        startSeconds = try container.decodeIfPresent(Double.self, forKey: .startSeconds) ?? startSeconds
    }

    /// How long it lasts, in seconds.
    public var seconds: Double { steps.reduce(0) { $0 + $1.seconds } }

    /// What is wrong with it, as a sentence; `nil` if it can be played.
    var fault: String? {
        if steps.isEmpty { return "the trace has no steps" }
        if concurrency < 1 || concurrency > 100_000 { return "concurrency must be between 1 and 100000" }
        if !(0...3600).contains(startSeconds) { return "startSeconds must be between 0 and 3600" }
        if seconds > 8 * 86_400 { return "the trace is longer than eight days" }
        for (index, step) in steps.enumerated() {
            let rates = [step.rate, step.toRate ?? 0, step.noise ?? 0, step.burst ?? 0]
            guard rates.allSatisfy({ (0...10_000_000).contains($0) }) else {
                return "step \(index + 1) has a rate, noise or burst below 0 or above 10 million"
            }
            guard step.seconds > 0, (1...3_600_000).contains(step.serviceMilliseconds ?? serviceMilliseconds) else {
                return "step \(index + 1) has no length, or a delivery takes less than 1 ms or more than an hour"
            }
        }
        return nil
    }
}

extension LoadTrace {
    /// Loads that pools meet: steady, a spike, 10,000 alerts at an instant, receivers that turn slow, a ramp, and a day.
    ///
    /// A worker makes a hundred deliveries a second, as 20 places of 200 ms each do.
    public static let examples = [
        LoadTrace(name: "steady", steps: [.init(seconds: 900, rate: 300, noise: 100)]),
        LoadTrace(
            name: "spike",
            steps: [
                .init(seconds: 300, rate: 300, noise: 100), .init(seconds: 120, rate: 2000),
                .init(seconds: 480, rate: 300, noise: 100),
            ]),
        LoadTrace(
            name: "instant",
            steps: [
                .init(seconds: 300, rate: 300, noise: 100), .init(seconds: 600, rate: 300, noise: 100, burst: 10_000),
            ]),
        LoadTrace(
            name: "slow receiver",
            steps: [
                .init(seconds: 300, rate: 300, noise: 100),
                .init(seconds: 300, rate: 300, noise: 100, serviceMilliseconds: 600),
                .init(seconds: 300, rate: 300, noise: 100),
            ]),
        LoadTrace(
            name: "ramp",
            steps: [
                .init(seconds: 120, rate: 300), .init(seconds: 480, rate: 300, toRate: 2500),
                .init(seconds: 300, rate: 2500, toRate: 300),
            ]),
        LoadTrace(
            name: "day",
            // Hours of two minutes each: a quiet night, a morning that climbs, two peaks, an evening.
            steps: [
                100, 60, 40, 30, 30, 50, 120, 300, 700, 1200, 1400, 1300, 1100, 1250, 1500, 1400, 1200, 900, 700, 600,
                500,
                400, 250, 150, 100,
            ].adjacentPairs().map { .init(seconds: 120, rate: $0, toRate: $1, noise: $0 / 5) }),
    ]
}

extension [Double] {
    fileprivate func adjacentPairs() -> [(Double, Double)] { Array<(Double, Double)>(zip(self, dropFirst())) }
}
