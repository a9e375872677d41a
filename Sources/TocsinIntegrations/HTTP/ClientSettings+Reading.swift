import TocsinConfiguration
import TocsinCore

extension ClientSettings {
    /// Reads TLS and proxy, which `http_config` and `oauth2` have alike.
    init(_ reader: MappingReader) {
        self.init()
        if reader.node("tls_config") != nil { tls = ClientTLS(reader.mapping("tls_config")) }
        proxy = ProxyRule(reader)
    }
}

extension ClientTLS {
    /// Reads `tls_config`.
    init(_ reader: MappingReader) {
        self.init()
        for name in ["ca", "cert"] {
            reader.checkSources(of: name, "at most one of \(name), \(name)_file & \(name)_ref must be configured")
        }
        reader.checkSources(of: "key", "at most one of key and key_file must be configured")
        authorities = ClientTLS.pem("ca", reader)
        certificate = ClientTLS.pem("cert", reader)
        key = ClientTLS.pem("key", reader)
        if certificate != nil, key == nil {
            reader.report(
                "setting_missing",
                "exactly one of key or key_file must be configured when a client certificate is configured")
        }
        if certificate == nil, key != nil {
            reader.report(
                "setting_missing", "exactly one of cert or cert_file must be configured when a client key is configured"
            )
        }
        serverName = reader.string("server_name").flatMap { $0.isEmpty ? nil : $0 }
        if let serverName, IPAddress(serverName) != nil || !ClientTLS.isHostName(serverName) {
            reader.report(
                "setting_unsupported",
                "'server_name' must be a host name; an address is verified where it is in the URL",
                name: "server_name")
        }
        if reader.bool("insecure_skip_verify") == true {
            reader.report(
                "verification_stays_on",
                "'insecure_skip_verify' has no effect: whoever sits on the way could read and change every notification. "
                    + "Name who has signed the server's certificate with 'ca_file', and its name with 'server_name'",
                name: "insecure_skip_verify", severity: .warning)
        }
        readVersions(reader)
        reader.finish()
    }

    private static func pem(_ name: String, _ reader: MappingReader) -> PEM? {
        if let path = reader.string(name + "_file"), !path.isEmpty { return .file(path) }
        return reader.secret(name).flatMap { $0.reveal().isEmpty ? nil : .inline($0) }
    }

    private static func isHostName(_ text: String) -> Bool {
        text.utf8.count <= 253
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "-._".utf8.contains(byte)
                }
            }
    }

    private mutating func readVersions(_ reader: MappingReader) {
        let older = ["TLS10", "TLS11"]
        func version(_ name: String) -> String? {
            guard let text = reader.string(name), !text.isEmpty else { return nil }
            guard ["TLS10", "TLS11", "TLS12", "TLS13"].contains(text) else {
                reader.report("value_invalid", "unknown TLS version: \(text)", name: name)
                return nil
            }
            return text
        }
        let (oldest, newest) = (version("min_version"), version("max_version"))
        if let oldest, let newest, newest < oldest {
            reader.report(
                "value_invalid",
                "tls_config.max_version must be greater than or equal to tls_config.min_version if both are specified",
                name: "max_version")
        } else if let newest, older.contains(newest) {
            reader.report(
                "setting_unsupported", "TLS 1.2 is the oldest that is spoken, and 'max_version' asks for an older one",
                name: "max_version")
        }
        if let oldest, older.contains(oldest) {
            reader.report(
                "setting_ignored", "TLS 1.2 is the oldest that is spoken, whatever 'min_version' says",
                name: "min_version", severity: .warning)
        }
        minimum = oldest.map { $0 == "TLS13" ? .tls13 : .tls12 }
        maximum = newest.map { $0 == "TLS13" ? .tls13 : .tls12 }
    }
}

extension ProxyRule {
    /// Reads `proxy_url` and what belongs to it.
    init(_ reader: MappingReader) {
        self = .direct
        let address = reader.string("proxy_url") ?? ""
        let exceptions = reader.string("no_proxy") ?? ""
        let isFromEnvironment = reader.bool("proxy_from_environment") ?? false
        let headers = ProxyRule.connectHeaders(reader)
        if !headers.isEmpty, !isFromEnvironment, address.isEmpty {
            reader.report(
                "setting_missing",
                "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured")
        }
        if isFromEnvironment {
            for (name, text) in [("proxy_url", address), ("no_proxy", exceptions)] where !text.isEmpty {
                reader.report(
                    "setting_conflict", "if proxy_from_environment is configured, \(name) must not be configured",
                    name: name)
            }
            self = .environment(connectHeaders: headers)
        } else if !address.isEmpty {
            do throws(ProxyError) {
                var proxy = try Proxy(address)
                proxy.connectHeaders = headers
                self = exceptions.isEmpty ? .always(proxy) : .unless(ProxyExceptions(exceptions), proxy)
            } catch {
                reader.report(error.code, error.message, name: "proxy_url")
            }
        } else if !exceptions.isEmpty {
            reader.report(
                "setting_missing", "if no_proxy is configured, proxy_url must also be configured", name: "no_proxy")
        }
    }

    private static func connectHeaders(_ reader: MappingReader) -> [DeliveryRequest.Header] {
        guard reader.node("proxy_connect_header") != nil else { return [] }
        let all = reader.mapping("proxy_connect_header")
        return all.names.flatMap { name in
            if !HTTPSettings.isHeaderName(name) {
                all.report("value_invalid", "a header's name has letters, digits and dashes", name: name)
            }
            return (all.stringList(name) ?? []).map { DeliveryRequest.Header(name, Secret($0), isSecret: true) }
        }
    }
}
