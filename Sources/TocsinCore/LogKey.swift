/// The metadata keys of Tocsin's log lines, in one place so that no two spellings of one key exist.
public enum LogKey {
    /// The tenant's id.
    public static let tenant = "tocsin.tenant"
    /// The receiver's configured name.
    public static let receiver = "tocsin.receiver"
    /// The notification's stable id.
    public static let notification = "tocsin.notification"
    /// The number of the delivery attempt, from 1.
    public static let attempt = "tocsin.attempt"
    /// The id of a worker or ingest node.
    public static let node = "tocsin.node"
    /// The shard's number.
    public static let shard = "tocsin.shard"
    /// An error's code.
    public static let code = "tocsin.code"
    /// An error's sentence.
    public static let error = "tocsin.error"
    /// The result of an attempt, a word from a short list.
    public static let outcome = "tocsin.outcome"
    /// A count of alerts.
    public static let alerts = "tocsin.alerts"
    /// A configuration file.
    public static let file = "tocsin.file"
    /// A server's address, without credentials.
    public static let address = "tocsin.address"
    /// What is wrong with a configuration or a setting, and where.
    public static let issue = "tocsin.issue"
}
