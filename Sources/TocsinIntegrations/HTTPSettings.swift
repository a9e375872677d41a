import Foundation
import TocsinConfiguration
import TocsinCore

/// How a receiver's server is spoken to: the settings that Alertmanager calls `http_config`.
///
/// Source: <https://prometheus.io/docs/alerting/latest/configuration/#http_config>.
struct HTTPSettings: Sendable {
    /// What every request carries besides its own headers.
    private(set) var headers: [DeliveryRequest.Header] = []
    /// What TLS needs beyond the usual; `nil` for the usual.
    private(set) var tls: ClientTLS?

    /// Reads the settings of a receiver, if it has any.
    init(_ reader: MappingReader) {
        guard reader.node("http_config") != nil else { return }
        let settings = reader.mapping("http_config")
        readCredentials(settings)
        if settings.node("tls_config") != nil { readTLS(settings.mapping("tls_config")) }
        readHeaders(settings)
        // Redirects are never followed to another host, and every server that speaks HTTP/2 speaks HTTP/1.1.
        for name in ["follow_redirects", "enable_http2"] { _ = settings.bool(name) }
        for name in ["proxy_url", "oauth2", "proxy_connect_header"] {
            guard let node = settings.node(name), !node.isEmpty else { continue }
            settings.report("setting_unsupported", "'\(name)' is not supported yet", name: name)
        }
        for name in ["no_proxy", "proxy_from_environment"] { _ = settings.node(name) }
        settings.finish()
    }

    private mutating func readCredentials(_ settings: MappingReader) {
        if settings.node("basic_auth") != nil {
            let basic = settings.mapping("basic_auth")
            let (user, password) = (basic.secretOrFile("username"), basic.secretOrFile("password"))
            let pair = "\(user?.reveal() ?? ""):\(password?.reveal() ?? "")"
            add("Authorization", "Basic " + Data(pair.utf8).base64EncodedString())
            basic.finish()
        }
        if settings.node("authorization") != nil {
            let authorization = settings.mapping("authorization")
            let type = authorization.string("type") ?? ""
            if let credentials = authorization.secretOrFile("credentials") {
                add("Authorization", (type.isEmpty ? "Bearer" : type) + " " + credentials.reveal())
            }
            authorization.finish()
        }
        if let token = settings.secretOrFile("bearer_token") { add("Authorization", "Bearer " + token.reveal()) }
    }

    private mutating func readHeaders(_ settings: MappingReader) {
        guard settings.node("http_headers") != nil else { return }
        let all = settings.mapping("http_headers")
        for name in all.names {
            let values = all.mapping(name)
            for value in (values.stringList("values") ?? []) + (values.stringList("secrets") ?? []) { add(name, value) }
            for file in values.stringList("files") ?? [] where !file.isEmpty {
                values.report("setting_unsupported", "headers from files are not supported yet", name: "files")
            }
            values.finish()
        }
        all.finish()
    }

    private mutating func readTLS(_ settings: MappingReader) {
        tls = ClientTLS(
            caFile: settings.file("ca_file"), certificateFile: settings.file("cert_file"),
            keyFile: settings.file("key_file"), skipsVerification: settings.bool("insecure_skip_verify") ?? false)
        for name in ["ca", "cert", "key", "ca_ref", "cert_ref", "key_ref", "server_name"] {
            guard let text = settings.string(name), !text.isEmpty else { continue }
            settings.report("setting_unsupported", "'\(name)' is not supported yet", name: name)
        }
        // TLS 1.2 at least, whatever is asked for: nothing older is safe.
        for name in ["min_version", "max_version"] { _ = settings.string(name) }
        if tls == ClientTLS() { tls = nil }
        settings.finish()
    }

    private mutating func add(_ name: String, _ value: String) {
        headers.append(.init(name, Secret(value), isSecret: true))
    }
}

extension MappingReader {
    fileprivate func file(_ name: String) -> String? { string(name).flatMap { $0.isEmpty ? nil : $0 } }
}

extension ConfigurationNode {
    /// Whether it says nothing.
    fileprivate var isEmpty: Bool {
        switch value {
        case .null: true
        case .scalar(let text): text.isEmpty
        case .sequence(let items): items.isEmpty
        case .mapping(let members): members.allSatisfy { $0.node.isEmpty }
        }
    }
}
