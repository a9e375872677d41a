import Hummingbird

/// What a request's path asks for.
enum IngestRoute: Int, Sendable, Hashable, CaseIterable {
    case alerts
    case groups
    case silences
    case silence
    case receivers
    case apiStatus
    case page
    case webhook
    case integrations
    case receiverTest
    case receiverResume
    case nodes
    case audit
    case explain
    case health
    case healthy
    case ready
    case reload
    case metrics
    case index
    case unknown

    /// The path as metrics name it: the pattern, never what the caller sent.
    var label: String {
        switch self {
        case .alerts: "/api/v2/alerts"
        case .groups: "/api/v2/alerts/groups"
        case .silences: "/api/v2/silences"
        case .silence: "/api/v2/silence/{silenceID}"
        case .receivers: "/api/v2/receivers"
        case .apiStatus: "/api/v2/status"
        case .page: "/api/v1/alerts"
        case .webhook: "/api/v1/alerts/webhook"
        case .integrations: "/api/v1/integrations"
        case .receiverTest: "/api/v1/receivers/{receiver}/test"
        case .receiverResume: "/api/v1/receivers/{receiver}/resume"
        case .nodes: "/api/v1/status"
        case .audit: "/api/v1/audit/{file}"
        case .explain: "/api/v1/explain"
        case .health: "/api/v1/health"
        case .healthy: "/-/healthy"
        case .ready: "/-/ready"
        case .reload: "/-/reload"
        case .metrics: "/metrics"
        case .index: "/"
        case .unknown: "other"
        }
    }

    /// The methods that the path takes, as `Allow` lists them.
    var allowed: String {
        switch self {
        case .alerts, .silences: "POST,GET"
        case .silence: "DELETE,GET"
        case .groups, .receivers, .apiStatus, .page, .integrations, .nodes, .audit, .explain: "GET"
        case .webhook, .receiverTest, .receiverResume: "POST"
        case .reload: "POST, PUT"
        case .health, .healthy, .ready, .metrics, .index, .unknown: "GET, HEAD"
        }
    }

    /// Whether the path takes the method.
    func allows(_ method: HTTPRequest.Method) -> Bool {
        switch self {
        case .alerts, .silences: method == .post || method == .get
        case .silence: method == .delete || method == .get
        case .groups, .receivers, .apiStatus, .page, .integrations, .nodes, .audit, .explain: method == .get
        case .webhook, .receiverTest, .receiverResume: method == .post
        case .reload: method == .post || method == .put
        case .health, .healthy, .ready, .metrics, .index: method == .get || method == .head
        case .unknown: true
        }
    }

    /// Whether it is a part of Alertmanager's API, whose clients read only its own errors.
    var isAPIv2: Bool {
        switch self {
        case .alerts, .groups, .silences, .silence, .receivers, .apiStatus: true
        default: false
        }
    }

    /// Whether a tenant's name may stand before it.
    var takesTenant: Bool {
        switch self {
        case .webhook, .page, .integrations, .receiverTest, .receiverResume, .nodes, .audit, .explain: true
        default: isAPIv2
        }
    }
}

/// A path, taken apart.
struct RouteMatch: Sendable, Equatable {
    let route: IngestRoute
    /// What stands in the place of the tenant, as it was sent; `nil` if the path has no such place.
    let tenant: Substring?
    /// What stands in the place of an id; `nil` if the path has no such place.
    let id: Substring?
    /// Whether Alertmanager's clients are to understand an error.
    let isAPIv2: Bool

    /// Reads a path, with or without a query.
    ///
    /// Hand-written because it runs for every request: a handful of comparisons instead of a dictionary of parameters.
    ///
    /// - Parameter prefix: What stands before every path, such as `/alertmanager`, or nothing.
    init(path: String, prefix: String = "") {
        let bytes = path.utf8
        var whole = path[..<(bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex)]
        if !prefix.isEmpty {
            let rest = whole.utf8.dropFirst(prefix.utf8.count)
            guard whole.utf8.starts(with: prefix.utf8), rest.first == UInt8(ascii: "/") else {
                self.init(rest: "", tenant: nil)
                return
            }
            whole = Substring(rest)
        }
        guard whole.utf8.starts(with: "/t/".utf8) else {
            self.init(rest: whole, tenant: nil)
            return
        }
        let rest = Substring(whole.utf8.dropFirst(3))
        guard let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")) else {
            self.init(rest: "", tenant: nil)
            return
        }
        self.init(rest: rest[slash...], tenant: rest[..<slash])
    }

    private init(rest: Substring, tenant: Substring?) {
        var route = Self.route(rest)
        var id: Substring?
        if route == .unknown, rest.utf8.starts(with: "/api/v2/silence/".utf8) {
            let text = Substring(rest.utf8.dropFirst("/api/v2/silence/".utf8.count))
            if !text.isEmpty, !text.utf8.contains(UInt8(ascii: "/")) { (route, id) = (.silence, text) }
        }
        if route == .unknown, let found = Self.receiver(rest) { (route, id) = found }
        if route == .unknown, rest.utf8.starts(with: "/api/v1/audit/".utf8) {
            (route, id) = (.audit, Substring(rest.utf8.dropFirst("/api/v1/audit/".utf8.count)))
        }
        let isOut = tenant != nil && !route.takesTenant
        self.route = isOut ? .unknown : route
        self.tenant = route.takesTenant ? tenant : nil
        self.id = id
        isAPIv2 = route.isAPIv2 || rest.utf8.starts(with: "/api/v2/".utf8)
    }

    /// `/api/v1/receivers/{receiver}/test` and `/resume`.
    private static func receiver(_ path: Substring) -> (IngestRoute, Substring)? {
        let head = "/api/v1/receivers/"
        guard path.utf8.starts(with: head.utf8) else { return nil }
        let parts = path.dropFirst(head.count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        return switch parts[1] {
        case "test": (.receiverTest, parts[0])
        case "resume": (.receiverResume, parts[0])
        default: nil
        }
    }

    private static func route(_ path: Substring) -> IngestRoute {
        switch path {
        case "/api/v2/alerts": .alerts
        case "/api/v2/alerts/groups": .groups
        case "/api/v2/silences": .silences
        case "/api/v2/receivers": .receivers
        case "/api/v2/status": .apiStatus
        case "/api/v1/alerts": .page
        case "/api/v1/alerts/webhook": .webhook
        case "/api/v1/integrations": .integrations
        case "/api/v1/status": .nodes
        case "/api/v1/explain": .explain
        case "/api/v1/health": .health
        case "/-/healthy": .healthy
        case "/-/ready": .ready
        case "/-/reload": .reload
        case "/metrics": .metrics
        case "/": .index
        default: .unknown
        }
    }
}
