/// An error with a code that scripts can match and a sentence that a person can act on.
///
/// Neither may hold a secret or any part of an alert.
public protocol CodedError: Error, CustomStringConvertible {
    /// A stable, lower-case word with underscores, such as `redis_unavailable`.
    var code: String { get }
    /// What is wrong and, where it is known, what to do.
    var message: String { get }
    /// Whether what was asked for may have been done all the same, because no answer came.
    var isUnclear: Bool { get }
}

extension CodedError {
    /// An answer came, unless an error says otherwise.
    public var isUnclear: Bool { false }

    /// `code: message`.
    public var description: String { "\(code): \(message)" }
}
