import Hummingbird

/// What a request's path asks for.
enum IngestRoute: Int, Sendable, Hashable, CaseIterable {
    case alerts
    case webhook
    case health
    case healthy
    case ready
    case metrics
    case unknown

    /// The path as metrics name it: the pattern, never what the caller sent.
    var label: String {
        switch self {
        case .alerts: "/api/v2/alerts"
        case .webhook: "/api/v1/alerts/webhook"
        case .health: "/api/v1/health"
        case .healthy: "/-/healthy"
        case .ready: "/-/ready"
        case .metrics: "/metrics"
        case .unknown: "other"
        }
    }

    /// The methods that the path takes, as `Allow` lists them.
    var allowed: String {
        switch self {
        case .alerts, .webhook: "POST"
        case .health, .healthy, .ready, .metrics, .unknown: "GET, HEAD"
        }
    }

    /// Whether the path takes the method.
    func allows(_ method: HTTPRequest.Method) -> Bool {
        switch self {
        case .alerts, .webhook: method == .post
        case .health, .healthy, .ready, .metrics: method == .get || method == .head
        case .unknown: true
        }
    }
}

/// A path, taken apart.
struct RouteMatch: Sendable, Equatable {
    let route: IngestRoute
    /// What stands in the place of the tenant, as it was sent; `nil` if the path has no such place.
    let tenant: Substring?

    /// Reads a path, with or without a query.
    ///
    /// Hand-written because it runs for every request: a handful of comparisons instead of a dictionary of parameters.
    init(path: String) {
        let bytes = path.utf8
        let whole = path[..<(bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex)]
        guard whole.utf8.starts(with: "/t/".utf8) else {
            self.init(route: Self.route(whole), tenant: nil)
            return
        }
        let rest = Substring(whole.utf8.dropFirst(3))
        guard let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")) else {
            self.init(route: .unknown, tenant: nil)
            return
        }
        let route = Self.route(rest[slash...])
        let takesTenant = route == .alerts || route == .webhook
        self.init(route: takesTenant ? route : .unknown, tenant: takesTenant ? rest[..<slash] : nil)
    }

    private init(route: IngestRoute, tenant: Substring?) {
        self.route = route
        self.tenant = tenant
    }

    private static func route(_ path: Substring) -> IngestRoute {
        switch path {
        case "/api/v2/alerts": .alerts
        case "/api/v1/alerts/webhook": .webhook
        case "/api/v1/health": .health
        case "/-/healthy": .healthy
        case "/-/ready": .ready
        case "/metrics": .metrics
        default: .unknown
        }
    }
}
