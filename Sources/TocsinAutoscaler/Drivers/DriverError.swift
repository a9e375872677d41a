public import TocsinCore

/// Why a platform did not do, or did not say, what a driver asked.
public struct DriverError: Error, CodedError, Sendable, Hashable {
    /// What kind of refusal it was.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The platform does not know who is asking.
        case unauthorized
        /// The platform knows who is asking, and forbids it.
        case forbidden
        /// The pool, or the platform's part that holds it, is not there.
        case notFound
        /// Somebody else changed the pool meanwhile; to ask again is right.
        case conflict
        /// The platform is asked too often, or is out of resources for now.
        case throttled
        /// There was no answer.
        case unreachable
        /// The platform, or the driver's settings, make no sense of the request; to ask again is no use.
        case invalid
    }

    /// What kind of refusal it was.
    public let kind: Code
    /// How long the platform wants to be left alone; `nil` if it did not say.
    public let retryAfterMilliseconds: Int64?
    /// What went wrong, as a sentence without secrets.
    public let message: String

    /// What kind of refusal it was, as a word for scripts.
    public var code: String { "driver_" + kind.rawValue }

    /// An error.
    public init(_ kind: Code, _ message: String, retryAfterMilliseconds: Int64? = nil) {
        self.kind = kind
        self.message = message
        self.retryAfterMilliseconds = retryAfterMilliseconds
    }
}
