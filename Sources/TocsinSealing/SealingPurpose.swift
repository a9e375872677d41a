/// What a sealed record is for.
///
/// The word is bound into the record: one sealed as a log line does not open as an alert.
public struct SealingPurpose: Sendable, Hashable, CustomStringConvertible {
    /// The word that is bound; changing it makes every stored record of this purpose unreadable.
    public let word: String

    /// A purpose with a word of its own.
    public init(_ word: String) { self.word = word }

    /// An accepted batch of alerts.
    public static let alerts = SealingPurpose("alerts")
    /// One alert of a group.
    public static let alert = SealingPurpose("alert")
    /// A group's own state.
    public static let group = SealingPurpose("group")
    /// An entry of the notification log.
    public static let log = SealingPurpose("log")
    /// A delivery that waits for its attempt.
    public static let delivery = SealingPurpose("delivery")
    /// What a vendor called what was made for a group.
    public static let vendorMemory = SealingPurpose("vendor-memory")
    /// A token of a receiver's server that workers share.
    public static let credential = SealingPurpose("credential")
    /// A delivery that was given up.
    public static let deadLetter = SealingPurpose("dead-letter")
    /// A silence.
    public static let silence = SealingPurpose("silence")
    /// What is known of an alert that inhibits others.
    public static let inhibition = SealingPurpose("inhibition")
    /// A record of an API token.
    public static let token = SealingPurpose("token")
    /// The key of what masking has encrypted.
    public static let maskingSubject = SealingPurpose("masking-subject")
    /// What a turn has decided.
    public static let trail = SealingPurpose("trail")
    /// A key that signs an audit log.
    public static let auditSigner = SealingPurpose("audit-signer")
    /// The key of a person whose name stands in an audit log.
    public static let auditSubject = SealingPurpose("audit-subject")

    /// The word.
    public var description: String { word }
}
