/// Who did something.
public struct AuditActor: Sendable, Hashable {
    /// How it is known who it was.
    public enum Kind: String, Sendable, Hashable, Codable {
        /// By an API token.
        case token
        /// By a JSON Web Token.
        case jwt
        /// By a client certificate.
        case certificate
        /// Nobody was asked: the door is open, or a gateway vouches.
        case open
        /// Somebody on the command line.
        case command
        /// A node, by itself.
        case node
    }

    /// How it is known who it was.
    public var kind: Kind
    /// The id of the credential, which says nothing of a person.
    public var credential: String?
    /// The person's or program's name; kept sealed.
    public var name: String?
    /// The address that it came from; kept sealed.
    public var address: String?

    /// Somebody.
    public init(kind: Kind, credential: String? = nil, name: String? = nil, address: String? = nil) {
        self.kind = kind
        self.credential = credential
        self.name = name
        self.address = address
    }

    /// A node, by itself.
    public static let node = AuditActor(kind: .node)

    /// Whose key seals what is personal here; `nil` if nothing is.
    var subject: String? { name ?? address }
}
