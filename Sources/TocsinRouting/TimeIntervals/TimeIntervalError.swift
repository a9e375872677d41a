public import TocsinCore

/// Why a part of a time interval cannot be read, in Alertmanager's words.
public struct TimeIntervalError: CodedError, Hashable {
    /// Always `time_interval_invalid`.
    public var code: String { "time_interval_invalid" }
    /// What is wrong with it.
    public let message: String

    init(_ message: String) { self.message = message }
}
