public import TocsinCore

/// How an HTTP door's connections are encrypted.
public struct WebTLS: Sendable, Equatable {
    /// A text in PEM form, or where it is.
    public enum Source: Sendable, Equatable {
        /// The path of a file.
        case file(String)
        /// The text.
        case text(Secret)
    }

    /// What is asked of a client's certificate; names and meanings are those of Go's `crypto/tls`.
    public enum ClientCertificate: String, Sendable, CaseIterable {
        /// It is not asked for.
        case none = "NoClientCert"
        /// It is asked for, and not looked at.
        case requested = "RequestClientCert"
        /// There must be one, whoever has signed it.
        case required = "RequireAnyClientCert"
        /// It must be good if there is one.
        case verifiedIfGiven = "VerifyClientCertIfGiven"
        /// There must be a good one.
        case requiredAndVerified = "RequireAndVerifyClientCert"
    }

    /// A version of the protocol.
    public enum Version: String, Sendable, CaseIterable, Comparable {
        case v10 = "TLS10"
        case v11 = "TLS11"
        case v12 = "TLS12"
        case v13 = "TLS13"

        /// Older versions come first.
        public static func < (left: Version, right: Version) -> Bool { left.rawValue < right.rawValue }
    }

    /// The server's certificates, its own first.
    public let certificate: Source
    /// The key of the first.
    public let key: Source
    /// Whose signatures make a client's certificate good; `nil` for the system's authorities.
    public let clientAuthorities: Source?
    /// What is asked of clients.
    public let clientCertificate: ClientCertificate
    /// Alternative names of which a client's certificate must have one; `nil` for any.
    public let clientNames: [String]?
    /// The cipher suites up to TLS 1.2 by their numbers, the most wanted first; `nil` for the library's choice.
    public let cipherSuites: [UInt16]?
    /// The groups of the key exchange by their numbers, the most wanted first; `nil` for the library's choice.
    public let groups: [UInt16]?
    /// The oldest version that is spoken.
    public let minimum: Version
    /// The newest version that is spoken.
    public let maximum: Version

    /// Numbers of cipher suites by their names: those that Go 1.19 holds to be safe.
    ///
    /// From the registry "TLS Cipher Suites" of IANA. Those of TLS 1.3 can be named, but are always on.
    static let cipherSuites: [String: UInt16] = [
        "TLS_AES_128_GCM_SHA256": 0x1301, "TLS_AES_256_GCM_SHA384": 0x1302, "TLS_CHACHA20_POLY1305_SHA256": 0x1303,
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": 0xC009, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": 0xC00A,
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": 0xC013, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": 0xC014,
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": 0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": 0xC02C,
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": 0xC02F, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": 0xC030,
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": 0xCCA8, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": 0xCCA9,
        "TLS_RSA_WITH_AES_128_CBC_SHA": 0x2F, "TLS_RSA_WITH_AES_256_CBC_SHA": 0x35,
        "TLS_RSA_WITH_AES_128_GCM_SHA256": 0x9C, "TLS_RSA_WITH_AES_256_GCM_SHA384": 0x9D,
    ]

    /// Numbers of groups by their names, from IANA's registry "TLS Supported Groups".
    static let curves: [String: UInt16] = ["CurveP256": 0x17, "CurveP384": 0x18, "CurveP521": 0x19, "X25519": 0x1D]

    /// One of these must be among the suites of a door that speaks HTTP/2 (RFC 9113, 9.2.2).
    static let suitesOfHTTP2: Set<UInt16> = [0xC02B, 0xC02F]
}

extension WebConfiguration {
    private static let fieldsOfTLS = [
        "cert_file", "cert", "key_file", "key", "client_ca_file", "client_ca", "client_auth_type",
    ]

    /// Whether connections are to be encrypted; what is said of it may still be wrong.
    public var isTLS: Bool { tlsObject.map { object in Self.fieldsOfTLS.contains { object.has($0) } } ?? false }

    /// How connections are encrypted.
    ///
    /// - Returns: `nil` if they are not.
    /// - Throws: ``WebConfigurationError`` for what is missing or does not go together.
    public func tls() throws(WebConfigurationError) -> WebTLS? {
        guard let object = tlsObject, isTLS else { return nil }
        func source(_ name: String) -> WebTLS.Source? {
            if object.has(name + "_file") { return .file(object.text(name + "_file")) }
            return object.has(name) ? .text(Secret(object.text(name))) : nil
        }
        guard let certificate = source("cert") else {
            throw WebConfigurationError("missing one of cert or cert_file", in: path)
        }
        guard let key = source("key") else { throw WebConfigurationError("missing one of key or key_file", in: path) }
        let authorities = source("client_ca")
        let suites = object.texts("cipher_suites").compactMap { WebTLS.cipherSuites[$0] }
        let groups = object.texts("curve_preferences").compactMap { WebTLS.curves[$0] }
        let minimum = WebTLS.Version(rawValue: object.text("min_version")) ?? .v12
        return WebTLS(
            certificate: certificate, key: key, clientAuthorities: authorities,
            clientCertificate: try clientCertificate(object, hasAuthorities: authorities != nil),
            clientNames: clientNames(object), cipherSuites: suites.isEmpty ? nil : suites,
            groups: groups.isEmpty ? nil : groups, minimum: minimum,
            maximum: WebTLS.Version(rawValue: object.text("max_version")) ?? .v13)
    }

    /// Looks at what only a door that is opened needs.
    ///
    /// - Throws: ``WebConfigurationError``.
    public func checkHTTP2() throws(WebConfigurationError) {
        guard allowsHTTP2, let tls = try tls(), let suites = tls.cipherSuites, tls.minimum < .v13 else { return }
        guard WebTLS.suitesOfHTTP2.isDisjoint(with: suites) else { return }
        throw WebConfigurationError(
            "http2: TLSConfig.CipherSuites is missing an HTTP/2-required AES_128_GCM_SHA256 cipher (need at least one of "
                + "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)", in: path)
    }

    private func clientCertificate(
        _ object: AlertmanagerObject, hasAuthorities: Bool
    ) throws(WebConfigurationError) -> WebTLS.ClientCertificate {
        let name = object.text("client_auth_type")
        let wanted: WebTLS.ClientCertificate?
        switch name {
        case "": wanted = WebTLS.ClientCertificate.none
        case "RequireClientCert": wanted = .required
        default: wanted = WebTLS.ClientCertificate(rawValue: name)
        }
        guard let wanted else { throw WebConfigurationError("invalid ClientAuth: \(name)", in: path) }
        if hasAuthorities, wanted == .none {
            throw WebConfigurationError("client CA's have been configured without a Client Auth Policy", in: path)
        }
        if case .list = object["client_allowed_sans"], wanted != .required, wanted != .requiredAndVerified {
            throw WebConfigurationError(
                "client_allowed_sans requires client_auth_type to be one of RequireAnyClientCert or "
                    + "RequireAndVerifyClientCert", in: path)
        }
        return wanted
    }

    private func clientNames(_ object: AlertmanagerObject) -> [String]? {
        if case .list = object["client_allowed_sans"] { return object.texts("client_allowed_sans") }
        return nil
    }
}
