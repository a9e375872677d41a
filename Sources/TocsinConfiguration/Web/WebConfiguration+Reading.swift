import TocsinAlerts
import Yams

extension WebConfiguration {
    /// Reads the text of a file as strictly as Prometheus' programs do.
    ///
    /// Whether certificates and passwords can be used is looked at later: a request needs only its own part.
    ///
    /// - Parameter path: Where the text is from; relative paths in it start from there.
    /// - Throws: ``WebConfigurationError``.
    public static func parse(_ text: String, path: String) throws(WebConfigurationError) -> WebConfiguration {
        do throws(AlertmanagerFault) {
            return WebConfiguration(path: path, try object(text, path: path))
        } catch {
            throw WebConfigurationError(error.message, in: path)
        }
    }

    private static func object(_ text: String, path: String) throws(AlertmanagerFault) -> AlertmanagerObject? {
        guard let node = try AlertmanagerYAML.node(text, file: path) else { return nil }
        if case .scalar(let scalar) = node, GoYAMLScalar(scalar) == .null { return nil }
        let slash = path.lastIndex(of: "/")
        var decoder = AlertmanagerDecoder(file: path, directory: slash.map { String(path[..<$0]) } ?? ".")
        let object = try decoder.object(node, .web)
        guard let object, decoder.typeErrors.isEmpty else {
            throw AlertmanagerFault(
                "yaml: unmarshal errors:" + decoder.typeErrors.map { "\n  " + $0 }.joined())
        }
        return object
    }
}

extension AlertmanagerSchema {
    fileprivate static let web = AlertmanagerSchema(
        "Config", typeName: "web.Config",
        [
            .init("tls_server_config", .object { .webTLS }),
            .init("http_server_config", .object { .webHTTP }),
            .init("rate_limit", .object { .webRateLimit }),
            .init("basic_auth_users", .secretMap),
        ])

    private static let webTLS = AlertmanagerSchema(
        "TLSConfig", typeName: "web.TLSConfig",
        AlertmanagerField.all(.text, "cert", "client_ca", "client_auth_type")
            + AlertmanagerField.all(.secret, "key")
            + AlertmanagerField.all(.file, "cert_file", "key_file", "client_ca_file")
            + AlertmanagerField.all(.texts, "cipher_suites", "curve_preferences", "client_allowed_sans")
            + AlertmanagerField.all(.tlsVersion, "min_version", "max_version")
            + AlertmanagerField.all(.bool, "prefer_server_cipher_suites")
    ) { (object) throws(AlertmanagerFault) in
        for name in object.texts("cipher_suites") where WebTLS.cipherSuites[name] == nil {
            throw AlertmanagerFault("unknown cipher: \(name)")
        }
        for name in object.texts("curve_preferences") where WebTLS.curves[name] == nil {
            throw AlertmanagerFault("unknown curve: \(name)")
        }
    }

    private static let webHTTP = AlertmanagerSchema(
        "HTTPConfig", typeName: "web.HTTPConfig", [.init("http2", .bool), .init("headers", .textMap)]
    ) { (object) throws(AlertmanagerFault) in
        for (name, value) in object.map("headers").sorted(by: { $0.key < $1.key }) {
            guard let allowed = headers[name] else {
                throw AlertmanagerFault("HTTP header \(GoQuoting.quote(name)) can not be configured")
            }
            guard allowed.isEmpty || allowed.contains(value.text) else {
                let expected = allowed.map(GoQuoting.quote).joined(separator: " ")
                throw AlertmanagerFault(
                    "invalid value for \(name). Expected one of: [\(expected)], but got: \(GoQuoting.quote(value.text))"
                )
            }
            guard value.text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw AlertmanagerFault("invalid value for \(name): it holds a line break or another control character")
            }
        }
    }

    private static let webRateLimit = AlertmanagerSchema(
        "RateLimiterConfig", typeName: "web.RateLimiterConfig",
        [.init("interval", .goDuration), .init("burst", .integer)])

    /// The headers that may be set, and the values that they may have; none for any.
    private static let headers: [String: [String]] = [
        "Strict-Transport-Security": [], "X-Content-Type-Options": ["nosniff"],
        "X-Frame-Options": ["deny", "sameorigin"], "X-XSS-Protection": [], "Content-Security-Policy": [],
    ]
}
