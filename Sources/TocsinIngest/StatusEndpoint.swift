import Hummingbird
import NIOCore
import Synchronization
import TocsinAlerts
import TocsinCore
import TocsinIdentity
import TocsinStreams
import TocsinTelemetry

/// Tells load balancers, probes and scrapers how the node is.
///
/// Says nothing of any tenant, except in the metrics.
struct StatusEndpoint: Sendable {
    let streams: TenantStreams
    let queue: QueueGuard
    let watch: QueueWatch?
    let budget: ByteBudget
    let registry: MetricsRegistry
    let processed: SlidingCounter
    let startedAt: Timestamp
    let version: String
    let clock: any WallClock
    let callers: CallerCheck
    let onReload: (@Sendable () async -> String?)?
    let isDraining: @Sendable () -> Bool
    let readiness = Readiness()

    /// From this share of its memory for requests on, a load balancer had better choose another node.
    private static let busyPercent = 75

    /// `GET /api/v1/health`.
    func health(_ plan: IngestPlan, method: HTTPRequest.Method) async -> Response {
        let now = clock.now()
        let isConnected = queue.isConnected
        let body = JSONText.object { text in
            text.member("status", isConnected ? "healthy" : "degraded")
            text.member("uptime", UptimeText.format(now - startedAt))
            text.member("active_integrations", plan.activeIntegrations)
            text.member("processed_alerts_24h", processed.total(at: now))
            text.member("redis", isConnected ? "connected" : "disconnected")
            text.member("version", version)
        }
        var response = Responses.json(status: isConnected ? 200 : 503, body)
        if !isConnected { response.headers[.retryAfter] = "1" }
        return Self.answer(response, to: method)
    }

    /// `GET /api/v1/status`: the nodes and what they do, without the names of any tenant.
    ///
    /// - Throws: ``IngestRefusal``.
    func nodes(_ request: Request, match: RouteMatch, peer: RequestPeer, plan: IngestPlan) async throws(IngestRefusal)
        -> Response
    {
        _ = try await callers.enter(request, match: match, peer: peer, plan: plan)
        let nodes = try await queue.ask { try await streams.nodes() }
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("version", version)
            writer.member("uptime", UptimeText.format(clock.now() - startedAt))
            writer.name("nodes")
            writer.array { writer in
                for node in nodes { writer.object { $0.members(of: node) } }
            }
        }
        return Responses.json(status: 200, ByteBuffer(bytes: writer.bytes))
    }

    /// `GET /-/healthy`: the process answers.
    func healthy(method: HTTPRequest.Method) -> Response { Self.answer(Responses.text("OK"), to: method) }

    /// `GET /-/ready`: alerts can be taken, and will be.
    func ready(method: HTTPRequest.Method) async -> Response {
        guard !isDraining() else { return Self.answer(Responses.refusal(.draining), to: method) }
        do throws(IngestRefusal) {
            try await readiness.confirm(queue, streams)
            guard watch?.isMemoryLow != true else { throw IngestRefusal.redisMemoryLow }
            guard budget.percent < Self.busyPercent else { throw IngestRefusal.busy(percent: budget.percent) }
            return Self.answer(Responses.text("OK"), to: method)
        } catch {
            return Self.answer(Responses.refusal(error), to: method)
        }
    }

    /// `GET /`: where to go from here.
    func index(prefix: String, method: HTTPRequest.Method) -> Response {
        let paths = [
            "/api/v2/status", "/api/v2/alerts", "/api/v2/alerts/groups", "/api/v2/silences", "/metrics", "/-/ready",
        ]
        let links = paths.map { "<li><a href=\"\(prefix)\($0)\">\(prefix)\($0)</a></li>" }.joined()
        let page = """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tocsin</title></head><body><h1>Tocsin</h1>\
            <p>Version \(version). Alerts are posted to <code>\(prefix)/api/v2/alerts</code>.</p><ul>\(links)</ul>\
            </body></html>

            """
        return Self.answer(Responses.text(page, type: "text/html; charset=utf-8"), to: method)
    }

    /// `POST /-/reload`: reads the configuration again, where a node lets its callers ask for that.
    func reload() async -> Response {
        guard let onReload else { return Responses.refusal(.pathUnknown) }
        if let problem = await onReload() {
            return Responses.text(status: 500, "failed to reload config: \(problem)\n")
        }
        return Responses.accepted
    }

    /// `GET /metrics`.
    func metrics(accept: String?, method: HTTPRequest.Method) -> Response {
        let response =
            accept?.contains("application/openmetrics-text") == true
            ? Responses.text(
                registry.exposeOpenMetrics(), type: "application/openmetrics-text; version=1.0.0; charset=utf-8")
            : Responses.text(registry.expose(), type: "text/plain; version=0.0.4; charset=utf-8")
        return Self.answer(response, to: method)
    }

    private static func answer(_ response: Response, to method: HTTPRequest.Method) -> Response {
        method == .head ? response.createHeadResponse() : response
    }
}

/// Whether the server has been seen to have the functions.
///
/// They are loaded once from here; should the server lose them later, the first call that misses them loads them again.
final class Readiness: Sendable {
    private let hasFunctions = Atomic<Bool>(false)

    func confirm(_ queue: QueueGuard, _ streams: TenantStreams) async throws(IngestRefusal) {
        guard queue.isConnected else { throw .redisUnavailable }
        guard !hasFunctions.load(ordering: .acquiring) else { return }
        try await queue.ask { try await streams.loadFunctions() }
        hasFunctions.store(true, ordering: .releasing)
    }
}

extension JSONWriter {
    fileprivate mutating func members(of node: NodeReport) {
        member("id", node.id)
        member("role", node.role)
        member("version", node.version)
        member("protocol", node.protocolVersion)
        member("address", node.address)
        member("age_ms", node.ageMilliseconds)
        member("draining", node.isDraining)
        member("turns", node.turns)
        member("in_flight", node.inFlight)
        member("cpu_percent", Int((node.cpu * 100).rounded()))
        member("memory_bytes", node.memoryBytes)
        member("loop_lag_ms", node.loopLagMilliseconds)
    }
}
