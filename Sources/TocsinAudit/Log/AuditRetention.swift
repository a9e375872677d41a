/// How much of an audit log stays in Redis.
public struct AuditRetention: Sendable, Hashable {
    /// For how long; zero for ever.
    public var age: Duration
    /// The most entries of a log; 0 for all.
    public var mostEntries: UInt64
    /// The directory to which all logs are copied, and without which nothing is forgotten then; `nil` for none.
    public var archive: String?

    /// How much.
    public init(age: Duration, mostEntries: UInt64 = 0, archive: String? = nil) {
        self.age = age
        self.mostEntries = mostEntries
        self.archive = archive
    }
}
