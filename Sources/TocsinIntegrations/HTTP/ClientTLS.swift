public import TocsinCore

/// What TLS to a receiver's server needs beyond the usual.
public struct ClientTLS: Sendable, Hashable {
    /// A version of TLS; nothing older is spoken.
    public enum Version: Int, Sendable, Hashable, Comparable {
        /// TLS 1.2, RFC 5246.
        case tls12 = 12
        /// TLS 1.3, RFC 8446.
        case tls13 = 13

        /// The older one first.
        public static func < (left: Version, right: Version) -> Bool { left.rawValue < right.rawValue }
    }

    /// Something in PEM form.
    public enum PEM: Sendable, Hashable {
        /// In a file, which is read for every request, so that it may be renewed at any moment.
        case file(String)
        /// The text itself.
        case inline(Secret)
    }

    /// Certificates that may sign the server's, instead of the system's.
    public var authorities: PEM?
    /// The certificate that is shown to the server.
    public var certificate: PEM?
    /// Its key.
    public var key: PEM?
    /// The name that is asked for, and that the certificate must be for, where it is not the one in the address.
    public var serverName: String?
    /// The oldest version, where it is not the receiver's.
    public var minimum: Version?
    /// The newest version.
    public var maximum: Version?

    /// The usual.
    public init() {}
}

/// How a server is spoken to, besides what it is told.
public struct ClientSettings: Sendable, Hashable {
    /// What TLS needs.
    public var tls = ClientTLS()
    /// The proxy on the way.
    public var proxy = ProxyRule.direct
    /// Whether HTTP/2 is spoken with servers that do; HTTP/1.1 with all others.
    public var speaksHTTP2 = false
    /// Whether an answer that leads elsewhere on the same host is followed.
    ///
    /// None is ever followed to another host, which would be told the credentials.
    public var followsRedirects = true
    /// Whether the address is the platform's or the environment's, never a tenant's.
    ///
    /// A cloud's service that knows who the machine is has one that receivers may not have: the guard lets it be.
    public var asksPlatform = false

    /// The usual.
    public init() {}
}
