import Hummingbird
public import TocsinIdentity

/// What a caller needs to be allowed, to be answered at one path by one method.
public struct RoutePermission: Sendable, Hashable {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    public let method: String
    /// The path's pattern, such as `/api/v2/silence/{silenceID}`.
    public let path: String
    /// Whether `/t/<tenant>` may stand before the path.
    public let takesTenant: Bool
    /// What the caller needs in the tenant; `nil` where nobody is asked who he is: probes, metrics, and what a file for the
    /// whole door guards (`web_config_file`).
    public let permission: Permission?

    /// All routes of an ingest node, each method by itself: the table that every request is judged by.
    public static var all: [RoutePermission] {
        IngestRoute.allCases.filter { $0 != .unknown }.flatMap { route in
            [HTTPRequest.Method.get, .post, .put, .delete].filter(route.allows).map { method in
                RoutePermission(
                    method: method.rawValue, path: route.label, takesTenant: route.takesTenant,
                    permission: route.permission(for: method))
            }
        }
    }
}

extension IngestRoute {
    /// What a caller needs in the request's tenant; `nil` where nobody is asked who he is.
    ///
    /// Without a default, so that a new route is no route before somebody has decided.
    func permission(for method: HTTPRequest.Method) -> Permission? {
        switch self {
        case .alerts: method == .post ? .write : .read
        case .webhook: .write
        case .silences, .silence: method == .get ? .read : .silence
        case .groups, .receivers, .apiStatus, .page, .integrations, .nodes, .explain: .read
        case .audit: .audit
        case .receiverTest, .receiverResume: .admin
        case .health, .healthy, .ready, .reload, .metrics, .index, .unknown: nil
        }
    }
}
