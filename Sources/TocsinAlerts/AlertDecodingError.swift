public import TocsinCore

/// Why a request's body is no batch of alerts.
public struct AlertDecodingError: CodedError, Hashable {
    /// What is wrong, as a program needs to know it.
    public enum Kind: String, Sendable, Hashable {
        /// The body is not JSON.
        case invalidJSON = "json_invalid"
        /// The body is JSON, but not of the form that this address takes.
        case wrongShape = "shape_invalid"
        /// There are more alerts than a request may have.
        case tooManyAlerts = "too_many_alerts"
    }

    /// What went wrong, as a program needs to know it.
    public let kind: Kind
    /// A sentence for people.
    public let message: String
    /// Where in the body the mistake is, in bytes.
    public let offset: Int

    /// A word that scripts can match.
    public var code: String { kind.rawValue }

    init(_ kind: Kind, _ message: String, at offset: Int) {
        self.kind = kind
        self.message = message + " (at byte \(offset))"
        self.offset = offset
    }
}
