public import TocsinCore
public import TocsinRouting
public import TocsinSealing

/// A worker's turn with one tenant: what it has to route and to flush, and the lease that says that nobody else does.
public struct Turn: Sendable {
    /// The tenant to serve.
    public let tenant: TenantID
    /// The tenant's shard.
    public let shard: Int
    /// The fencing number; a commit under an older one changes nothing.
    public let fence: Int64
    /// Redis' time when the turn began: the time by which everything in this turn is decided.
    public let now: Timestamp
    /// Until when everything that has come is known to this turn: ``now``, or earlier if batches were left for the next.
    ///
    /// An alert that seems to have ended after it may have been renewed in one of those.
    public let horizon: Timestamp
    /// The accepted batches, oldest first.
    public let batches: [Batch]
    /// Groups whose timer is due, with the time it was set for.
    public let dueGroups: [DueGroup]
    /// Alerts that were moved to the dead letters, because handling them had killed several workers.
    public let poisonedAlerts: Int

    /// Changes whenever the tenant's silences do; 0 for none ever.
    public let silencesVersion: Int64
    /// The digest of the inhibition rules for which the index of sources was made; empty for none.
    public let inhibitionDigest: String

    /// The worker whose turn it is.
    public let worker: WorkerID

    /// One accepted batch.
    public struct Batch: Sendable {
        /// The stream entry's id.
        public let entry: String
        /// When Redis took the batch.
        public let receivedAt: Timestamp
        /// How many alerts it holds.
        public let alerts: Int
        /// From whom it was taken.
        public let origin: BatchOrigin
        /// The batch as it was accepted, or why it cannot be opened.
        public let payload: Result<[UInt8], SealingError>
    }

    /// A group whose timer is due.
    public struct DueGroup: Sendable, Hashable {
        /// The group.
        public let id: GroupID
        /// What the timer was set for.
        public let due: Timestamp
    }
}

/// How much one turn may take on.
public struct TurnLimits: Sendable, Hashable {
    /// How long the turn may take before somebody else gets it.
    public var lease: Duration
    /// The number of alerts after which no further batch is read.
    public var alerts: Int
    /// The most groups to flush.
    public var groups: Int
    /// How long a worker may be silent before it counts as dead.
    public var deadAfter: Duration

    /// Limits with defaults that keep a turn far below its lease.
    public init(
        lease: Duration = .seconds(4), alerts: Int = 128, groups: Int = 64, deadAfter: Duration = .seconds(4)
    ) {
        self.lease = lease
        self.alerts = alerts
        self.groups = groups
        self.deadAfter = deadAfter
    }
}

/// What asking for a turn brought.
public enum TurnOffer: Sendable {
    /// Nobody in this shard needs anything for this long, or at all.
    case none(nextIn: Duration?)
    /// A turn.
    case turn(Turn)
}

/// How a turn ended.
public enum CommitResult: Sendable, Hashable {
    /// Everything is recorded; the shard next needs a turn after this long, or as far as is known never.
    ///
    /// Nobody else was woken for it, nor for the notifications of this turn: that is the worker's to do.
    case committed(nextIn: Duration?)
    /// The turn was another worker's by then, and nothing has changed.
    case fenced
}
