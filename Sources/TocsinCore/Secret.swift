/// A text that must not be shown: a token, a password, a URL that is a credential.
///
/// Printing, interpolating or dumping it gives `<secret>`; only ``reveal()`` gives the text, so every use can be found
/// with one search.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    /// Wraps a text.
    public init(_ value: String) { self.value = value }

    /// The text itself, for the one place that needs it.
    public func reveal() -> String { value }

    /// Always `<secret>`.
    public var description: String { "<secret>" }
    /// Always `<secret>`.
    public var debugDescription: String { "<secret>" }
    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
