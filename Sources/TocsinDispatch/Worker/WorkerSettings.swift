import TocsinCore
import TocsinStreams

/// How much one worker process does at once.
public struct WorkerSettings: Sendable, Hashable {
    /// Turns served at the same time.
    public var turns: Int
    /// The most notifications in flight.
    public var deliveriesInFlight: Int
    /// How long a turn may take before another worker gets it.
    public var lease: Duration
    /// How often this worker says that it lives.
    public var heartbeat: Duration
    /// How long a worker may be silent before it counts as dead.
    ///
    /// With a heartbeat more, a death is noticed within five seconds of it.
    public var deadAfter: Duration
    /// How long a stop waits for what is in flight before it is handed back.
    public var drainTimeout: Duration

    /// Settings with the defaults that the guides give.
    public init(
        turns: Int = 4, deliveriesInFlight: Int = 64, lease: Duration = .seconds(4), heartbeat: Duration = .seconds(1),
        deadAfter: Duration = .milliseconds(3500), drainTimeout: Duration = .seconds(30)
    ) {
        self.turns = turns
        self.deliveriesInFlight = deliveriesInFlight
        self.lease = lease
        self.heartbeat = heartbeat
        self.deadAfter = deadAfter
        self.drainTimeout = drainTimeout
    }

    var limits: TurnLimits { TurnLimits(lease: lease, deadAfter: deadAfter) }
}
