import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Where Jira is, which version of its interface it has, and the credentials for it.
///
/// Sources: <https://developer.atlassian.com/cloud/jira/platform/rest/v3/>; Alertmanager 0.31, `notify/jira/jira.go`.
struct JiraDoor: Sendable {
    enum Kind: String, CaseIterable {
        case auto
        case cloud
        case datacenter
    }

    /// Whether texts are documents.
    let isVersion3: Bool
    private let base: String
    private let searchAddress: String
    private let credentials: DeliveryRequest.Header?
    private let http: HTTPSettings

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        credentials = JiraDoor.credentials(reader)
        let kind = reader.oneOf("api_type", Kind.self) ?? .auto
        guard let address = context.address("api_url")?.reveal() else { return nil }
        let host = URL(string: address)?.host?.lowercased() ?? ""
        let isAtlassian = host.hasSuffix("atlassian.net") || host == "api.atlassian.com"
        let isCloud = kind == .cloud || (kind == .auto && isAtlassian)
        var base = address
        while base.hasSuffix("/") { base.removeLast() }
        if !base.contains("/rest/api/") { base += isCloud ? "/rest/api/3" : "/rest/api/2" }
        self.base = base
        isVersion3 = base.hasSuffix("/3")
        // The cloud has this search in version 3 only, and no other any more.
        searchAddress =
            isCloud ? base.replacing("/rest/api/2", with: "/rest/api/3") + "/search/jql" : base + "/search"
    }

    /// An API token goes with the e-mail address of its user; a personal access token stands alone.
    private static func credentials(_ reader: MappingReader) -> DeliveryRequest.Header? {
        let email = reader.string("email") ?? ""
        guard let token = reader.secretOrFile("api_token")?.reveal().trimmingCharacters(in: .whitespacesAndNewlines)
        else {
            if !email.isEmpty { reader.report("setting_missing", "'api_token' is missing", name: "email") }
            return nil
        }
        guard !email.isEmpty else { return .secret("Authorization", "Bearer " + token) }
        return .secret("Authorization", "Basic " + Data("\(email):\(token)".utf8).base64EncodedString())
    }

    /// A request to a path below the interface's own.
    func request(_ method: String, _ path: String, query: String? = nil, body: [UInt8] = []) -> DeliveryRequest {
        request(method, to: URLEscaping.append(path, to: Secret(base), query: query), body: body)
    }

    /// Asks for issues.
    func search(_ query: String) -> DeliveryRequest {
        var writer = JSONWriter()
        writer.object { writer in
            writer.memberUnlessEmpty("fields", ["status"])
            writer.member("jql", query)
            writer.member("maxResults", 2)
        }
        return request("POST", to: Secret(searchAddress), body: writer.bytes)
    }

    private func request(_ method: String, to url: Secret, body: [UInt8]) -> DeliveryRequest {
        let headers = [("Accept", "application/json"), ("Accept-Language", "en")].map {
            DeliveryRequest.Header($0.0, Secret($0.1), isSecret: false)
        }
        return http.request(method: method, to: url, headers: headers + (credentials.map { [$0] } ?? []), body: body)
    }
}
