public import TocsinCore

/// Why a key could not be had or a record could not be sealed or opened.
///
/// No message holds key bytes or anything of what was sealed.
public struct SealingError: CodedError, Hashable {
    /// A stable word for what is wrong.
    public let code: String
    /// What is wrong and, where it is known, what to do.
    public let message: String

    /// An error with one of the codes below.
    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

extension SealingError {
    /// The bytes are no sealed record at all.
    public static let recordMalformed = "sealed_record_malformed"
    /// The record names a data key that this ring does not have; a fresh copy of the ring may.
    public static let recordUnknownKey = "sealed_record_unknown_key"
    /// The record was altered, or belongs to another tenant, shard, purpose or context.
    public static let recordRefused = "sealed_record_refused"
    /// The cryptographic library refused to seal.
    public static let sealingFailed = "sealing_failed"
    /// There is no root key where one was expected.
    public static let rootKeyMissing = "root_key_missing"
    /// The root key is not 32 random bytes in a known spelling.
    public static let rootKeyMalformed = "root_key_malformed"
    /// The root key's file is open to others, or closed to this process.
    public static let rootKeyPermissions = "root_key_permissions"
    /// A data key was wrapped by another root key.
    public static let rootKeyMismatch = "root_key_mismatch"
    /// The root key's file could not be read or written.
    public static let rootKeyFile = "root_key_file"
    /// The bytes are no wrapped data key at all.
    public static let dataKeyMalformed = "data_key_malformed"
    /// The wrapped data key was altered, or belongs to another tenant.
    public static let dataKeyRefused = "data_key_refused"
    /// A ring was given two different keys of one version.
    public static let keyRingConflict = "key_ring_conflict"
    /// A ring was given no key.
    public static let keyRingEmpty = "key_ring_empty"
}
