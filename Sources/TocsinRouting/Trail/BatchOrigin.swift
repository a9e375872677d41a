/// From whom a batch of alerts was taken, without anything personal.
public struct BatchOrigin: Sendable, Hashable {
    /// How it is known who it was: `token`, `jwt`, `certificate`, `open`; `notice` for our own; empty if it was not noted.
    public var kind: String
    /// The id of an API token, or who has issued a JSON Web Token; empty for others.
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
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3 else {
            self.init(kind: "")
            return
        }
        // Who has issued a token is an address.
        self.init(
            kind: String(parts[0]), credential: parts[1..<parts.count - 1].joined(separator: "/"),
            masked: Int(parts[parts.count - 1]) ?? 0)
    }
}
