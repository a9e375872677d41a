/// How fast something at a vendor's may be asked, by all workers together: a channel, or everybody behind one token.
public struct Pace: Sendable, Hashable {
    /// What is asked, such as `slack/<token>/<channel>`; only a keyed hash of it leaves the process.
    public let subject: String
    /// Requests per second, in the long run.
    public let perSecond: Double
    /// Requests at once.
    public let burst: Int

    /// Makes one.
    public init(_ subject: String, perSecond: Double, burst: Int = 1) {
        self.subject = subject
        self.perSecond = perSecond
        self.burst = burst
    }
}

/// How many answers of refusal a vendor takes from one address before it refuses everything from there.
///
/// Tenants share the address that workers send from, so they share the limit: when half of it is used up, nothing more is
/// sent to that vendor until the window is over.
public struct RefusalLimit: Sendable, Hashable {
    /// The vendor, such as `discord`.
    public let vendor: String
    /// The statuses that count.
    public let statuses: Set<Int>
    /// How many of them there may be in the window.
    public let count: Int
    /// How long the window is, in seconds.
    public let seconds: Int

    /// Makes one.
    public init(vendor: String, statuses: Set<Int>, count: Int, seconds: Int) {
        self.vendor = vendor
        self.statuses = statuses
        self.count = count
        self.seconds = seconds
    }
}
