public import TocsinCore

/// Why a silence cannot be made, changed or ended, in the words in which Alertmanager's clients know it.
public struct SilenceError: CodedError, Hashable {
    /// `silence_invalid` or `silence_unknown`.
    public let code: String
    /// What is wrong with it.
    public let message: String

    /// A silence that makes no sense.
    static func invalid(_ message: String) -> SilenceError {
        SilenceError(code: "silence_invalid", message: message)
    }

    /// There is no silence with the id that was given.
    public static let unknown = SilenceError(code: "silence_unknown", message: "silence not found")
}
