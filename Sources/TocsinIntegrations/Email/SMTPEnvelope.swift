public import TocsinCore

/// To which server an e-mail goes, for whom, and as whom.
public struct SMTPEnvelope: Sendable, Hashable {
    /// How the connection becomes secret.
    public enum Security: Sendable, Hashable {
        /// TLS from the first byte, RFC 8314.
        case implicit
        /// STARTTLS, RFC 3207; a server that does not offer it is not spoken to.
        case startTLS
        /// STARTTLS where the server offers it, and without otherwise; credentials are not sent without.
        case opportunistic
    }

    /// Who logs in.
    public struct Credentials: Sendable, Hashable {
        /// The name.
        public var username: String
        /// The password, for `PLAIN` and `LOGIN`; may be empty.
        public var password: Secret
        /// The secret, for `CRAM-MD5`; may be empty.
        public var secret: Secret
        /// The identity that is acted for, for `PLAIN`; mostly empty.
        public var identity: String

        /// Makes one.
        public init(username: String, password: Secret, secret: Secret, identity: String) {
            self.username = username
            self.password = password
            self.secret = secret
            self.identity = identity
        }
    }

    /// The server's name or address.
    public var host: String
    /// The server's port.
    public var port: Int
    /// What the client calls itself.
    public var hello: String
    /// How the connection becomes secret.
    public var security: Security
    /// Who logs in; `nil` for nobody.
    public var credentials: Credentials?
    /// The sender's address.
    public var from: String
    /// The recipients' addresses.
    public var recipients: [String]

    /// Makes one.
    public init(
        host: String, port: Int, hello: String, security: Security, credentials: Credentials?, from: String,
        recipients: [String]
    ) {
        self.host = host
        self.port = port
        self.hello = hello
        self.security = security
        self.credentials = credentials
        self.from = from
        self.recipients = recipients
    }
}
