public import TocsinCore

/// Why a batch does not count as accepted: what its tenant's durability asks for was not met.
public enum DurabilityError: CodedError, Hashable {
    /// Fewer replicas have it than are asked for.
    ///
    /// `isKept`: the master has it, though, and will deal with it.
    case notReplicated(isKept: Bool)
    /// It is not known to be on disk.
    case notFsynced(isKept: Bool)
    /// The master changed meanwhile, and the one that said yes is one no longer.
    case masterChanged

    /// A word for scripts.
    public var code: String {
        switch self {
        case .notReplicated: "not_replicated"
        case .notFsynced: "not_fsynced"
        case .masterChanged: "redis_changed"
        }
    }

    /// What is wrong and what to do.
    public var message: String {
        switch self {
        case .notReplicated(let isKept):
            "fewer replicas of Redis have the alerts than the tenant's durability asks for"
                + (isKept ? "; they may be kept all the same" : ", so nothing was kept")
                + ": send the request again, and see that the replicas are up"
        case .notFsynced(let isKept):
            "the tenant's durability asks for alerts on disk, and Redis did not say that they are"
                + (isKept ? "; they may be kept all the same" : ", so nothing was kept")
                + ": send the request again, and see that appendonly is yes and appendfsync always"
        case .masterChanged:
            "another Redis server became master while the alerts were handed over; they may or may not be kept: "
                + "send the request again"
        }
    }
}
