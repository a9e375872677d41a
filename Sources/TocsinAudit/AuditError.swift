public import TocsinCore

/// Why something of the audit log cannot be read, is not what it claims to be, or could not be recorded.
public struct AuditError: CodedError, Hashable {
    /// What went wrong, as a word for scripts.
    public let code: String
    /// What went wrong, as a sentence.
    public let message: String

    /// An error.
    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    static func tileMissing(_ name: TileName) -> AuditError {
        AuditError(
            code: "audit_tile_missing",
            message: "the log's file \(name.path) is missing or too short: entries were cut off, or were not copied")
    }

    static func bundleDamaged(_ name: TileName) -> AuditError {
        AuditError(
            code: "audit_entries_damaged", message: "the log's file \(name.path) does not hold \(name.width) entries")
    }

    static func noSuchEntry(_ index: UInt64, size: UInt64) -> AuditError {
        AuditError(code: "audit_no_such_entry", message: "there is no entry \(index): the log has \(size)")
    }

    static func malformedNote(_ reason: String) -> AuditError {
        AuditError(
            code: "audit_note_malformed",
            message: "this is no signed note of https://c2sp.org/signed-note: \(reason)")
    }

    static func malformedKey(_ text: String) -> AuditError {
        AuditError(
            code: "audit_key_malformed",
            message:
                "'\(text)' is no verifier key: one looks like NAME+8 HEX DIGITS+BASE64, as tocsin audit key prints it")
    }

    static func witnessBehind(_ origin: String, _ size: UInt64, first: UInt64, _ file: String) -> AuditError {
        AuditError(
            code: "audit_witness_behind",
            message:
                "this witness has seen \(size) entries, and those before \(first) have left Redis meanwhile, so that it "
                + "cannot see whether the log only grew: see that with the archive or an export (tocsin audit verify --from "
                + "DIRECTORY), then end the node, remove \(origin) from \(file) and start it, to trust the log as it is now"
        )
    }

    static let noSignature = AuditError(
        code: "audit_signature_missing",
        message: "none of the signatures is good under the given keys: the checkpoint was altered, or is of another log"
    )
}
