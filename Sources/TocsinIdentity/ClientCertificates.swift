public import TocsinCore

/// A caller that is known by the certificate of its connection.
public struct CertificateCaller: Sendable, Hashable {
    /// The alternative name that it is known by: a host, a mail address, an IP address or a URI, of which a SPIFFE id is one.
    public var name: String
    /// The tenant that it acts for.
    public var tenant: TenantID
    /// What it may do there.
    public var permissions: Set<Permission>

    /// A caller.
    public init(name: String, tenant: TenantID, permissions: Set<Permission>) {
        self.name = name
        self.tenant = tenant
        self.permissions = permissions
    }
}

/// The callers that are known by their certificates.
public struct ClientCertificates: Sendable {
    private static let spiffe = "spiffe://"

    private let callers: [String: CertificateCaller]

    /// - Parameter callers: Of two with one name the last counts.
    public init(_ callers: [CertificateCaller] = []) {
        self.callers = Dictionary(callers.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }

    /// Whether nobody is known.
    public var isEmpty: Bool { callers.isEmpty }

    /// The caller that a certificate stands for.
    ///
    /// A name must be the caller's, letter for letter: there are no patterns. A SPIFFE id counts only in a certificate that has
    /// no second one (X.509-SVID, section 2), and a certificate that stands for several callers stands for none.
    ///
    /// - Parameter names: The alternative names of a certificate that was verified.
    public func caller(of names: [String]) -> CertificateCaller? {
        let ids = names.count { $0.hasPrefix(Self.spiffe) }
        let found = Set(names.compactMap { $0.hasPrefix(Self.spiffe) && ids > 1 ? nil : callers[$0] })
        return found.count == 1 ? found.first : nil
    }
}
