/// From whom a batch of alerts was taken, without anything personal.
public struct BatchOrigin: Sendable, Hashable {
    /// How it is known who it was: `token`, `jwt`, `certificate`, `open`; `notice` for our own; empty if it was not noted.
    public var kind: String
    /// The id of an API token; empty for others.
    public var credential: String
    /// How many texts of it were masked.
    public var masked: Int

    /// An origin.
    public init(kind: String, credential: String = "", masked: Int = 0) {
        self.kind = kind
        self.credential = credential
        self.masked = masked
    }

    /// An origin as it is kept beside the batch: `token/4f2a9c01/3`.
    public var text: String { "\(kind)/\(credential)/\(masked)" }

    /// Reads what ``text`` wrote; what cannot be read was not noted.
    public init(text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else {
            self.init(kind: "")
            return
        }
        self.init(kind: parts[0], credential: parts[1], masked: Int(parts[2]) ?? 0)
    }
}
