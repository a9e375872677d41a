import Foundation
import TocsinConfiguration
import TocsinCore

/// How a receiver's server is spoken to: the settings that Alertmanager calls `http_config`.
///
/// Source: <https://prometheus.io/docs/alerting/latest/configuration/#http_config>, and the rules and messages of
/// `github.com/prometheus/common/config`.
struct HTTPSettings: Sendable {
    /// What every request carries besides its own headers.
    private(set) var headers: [DeliveryRequest.Header] = []
    /// TLS, proxy and the like.
    private(set) var client = ClientSettings()
    /// How to get the token that goes with every request.
    private(set) var credential: CredentialRequest?

    /// Reads the settings of a receiver, if it has any.
    init(_ reader: MappingReader) {
        guard reader.node("http_config") != nil else { return }
        let settings = reader.mapping("http_config")
        HTTPSettings.checkWays(settings)
        readCredentials(settings)
        readHeaders(settings)
        client = ClientSettings(settings)
        client.speaksHTTP2 = settings.bool("enable_http2") ?? false
        client.followsRedirects = settings.bool("follow_redirects") ?? true
        settings.finish()
    }

    /// There is one way at most to say who the sender is.
    private static func checkWays(_ settings: MappingReader) {
        let given = ["basic_auth", "oauth2", "authorization", "bearer_token", "bearer_token_file"].filter(settings.has)
        guard given.count > 1 else { return }
        let message =
            switch (given.contains("authorization"), given.contains { $0.hasPrefix("bearer_token") }) {
            case (true, true): "authorization is not compatible with bearer_token & bearer_token_file"
            case (true, false), (false, false): "at most one of basic_auth, oauth2 & authorization must be configured"
            case (false, true):
                given.contains { !$0.hasPrefix("bearer_token") }
                    ? "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured"
                    : "at most one of bearer_token & bearer_token_file must be configured"
            }
        settings.report("setting_conflict", message, name: given[1])
    }

    private mutating func readCredentials(_ settings: MappingReader) {
        if settings.node("basic_auth") != nil {
            let basic = settings.mapping("basic_auth")
            for name in ["username", "password"] {
                basic.checkSources(
                    of: name, "at most one of basic_auth \(name), \(name)_file & \(name)_ref must be configured")
            }
            let (user, password) = (basic.secretOrFile("username"), basic.secretOrFile("password"))
            let pair = "\(user?.reveal() ?? ""):\(password?.reveal() ?? "")"
            add("Authorization", "Basic " + Data(pair.utf8).base64EncodedString())
            basic.finish()
        }
        if settings.node("authorization") != nil { readAuthorization(settings.mapping("authorization")) }
        if let token = settings.secretOrFile("bearer_token") { add("Authorization", "Bearer " + token.reveal()) }
        if settings.node("oauth2") != nil { credential = CredentialRequest(oauth2: settings.mapping("oauth2")) }
    }

    private mutating func readAuthorization(_ authorization: MappingReader) {
        let type = (authorization.string("type") ?? "").trimmingCharacters(in: .whitespaces)
        if type.lowercased() == "basic" {
            authorization.report(
                "value_invalid", #"authorization type cannot be set to "basic", use "basic_auth" instead"#, name: "type"
            )
        }
        authorization.checkSources(
            of: "credentials", "at most one of authorization credentials & credentials_file must be configured")
        if let credentials = authorization.secretOrFile("credentials") {
            add("Authorization", (type.isEmpty ? "Bearer" : type) + " " + credentials.reveal())
        }
        authorization.finish()
    }

    /// Headers that belong to HTTP itself, or that are set elsewhere: `prometheus/common` config/headers.go.
    private static let reservedHeaders: Set<String> = [
        "authorization", "host", "content-encoding", "content-length", "content-type", "user-agent", "connection",
        "keep-alive", "proxy-authenticate", "proxy-authorization", "www-authenticate", "accept-encoding",
        "x-prometheus-remote-write-version", "x-prometheus-remote-read-version",
        "x-prometheus-scrape-timeout-seconds", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256",
    ]

    private mutating func readHeaders(_ settings: MappingReader) {
        guard settings.node("http_headers") != nil else { return }
        let all = settings.mapping("http_headers")
        for name in all.names {
            guard all.node(name) != nil else { continue }
            if HTTPSettings.reservedHeaders.contains(name.lowercased()) {
                all.report("value_invalid", "setting header \"\(name)\" is not allowed", name: name)
            } else if !HTTPSettings.isHeaderName(name) {
                all.report("value_invalid", "a header's name has letters, digits and dashes", name: name)
            }
            let values = all.mapping(name)
            for value in (values.stringList("values") ?? []) + (values.stringList("secrets") ?? []) { add(name, value) }
            for file in values.stringList("files") ?? [] {
                if let text = values.fileText(file, within: "files") {
                    add(name, text.reveal().trimmingCharacters(in: .whitespacesAndNewlines))
                }
            }
            values.finish()
        }
    }

    /// RFC 9110 section 5.1.
    static func isHeaderName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    private mutating func add(_ name: String, _ value: String) {
        headers.append(.init(name, Secret(value), isSecret: true))
    }
}

extension MappingReader {
    /// Refuses a secret that is given in more than one way, or by a secret manager, which there is none of.
    func checkSources(of name: String, _ message: String) {
        let given = [name, name + "_file", name + "_ref"].filter { isGiven($0) }
        if given.count > 1 { report("setting_conflict", message, name: given[1]) }
        if let reference = given.first(where: { $0.hasSuffix("_ref") }) {
            report(
                "setting_unsupported",
                "cannot use secret ref without manager; name a file in '\(name)_file', or write ${file:path}",
                name: reference)
        }
    }

    private func isGiven(_ name: String) -> Bool {
        guard has(name), let text = string(name) else { return false }
        return !text.isEmpty
    }
}
