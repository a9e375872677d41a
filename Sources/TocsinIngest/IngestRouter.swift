public import Hummingbird
import NIOCore
import TocsinCore

/// What an answer needs of its connection.
public struct IngestContext: InitializableFromSource {
    let channel: any Channel

    /// The context of a request on a connection.
    public init(source: ApplicationRequestContextSource) { channel = source.channel }
}

/// Answers the requests of an ingest node.
///
/// It stands in the place of a router with middleware: there are six paths, and one `switch` over them costs a request
/// less than a table does. ``IngestRouter/make(_:)`` builds it.
public struct IngestRouter: HTTPResponder {
    /// How long a connection may go on sending a body that nobody reads, so that its sender sees why.
    private static let linger = TimeAmount.seconds(1)

    let settings: IngestSettings
    let plans: IngestPlans
    let alerts: AlertsEndpoint
    let status: StatusEndpoint
    let metrics: IngestMetrics

    /// Answers one request.
    public func respond(to request: Request, context: IngestContext) async throws -> Response {
        let start = ContinuousClock.now
        let match = RouteMatch(path: request.head.path ?? "/")
        let response = try await answer(request, match: match, context: context)
        metrics.request(match.route, status: response.status.code, took: ContinuousClock.now - start)
        return response
    }

    private func answer(_ request: Request, match: RouteMatch, context: IngestContext) async throws -> Response {
        guard match.route.allows(request.method) else {
            return try await refuse(.methodNotAllowed(match.route), match, request, context)
        }
        switch match.route {
        case .alerts, .webhook: return try await take(request, match, context)
        case .health: return await status.health(plans.current, method: request.method)
        case .healthy: return status.healthy(method: request.method)
        case .ready: return await status.ready(method: request.method)
        case .metrics: return status.metrics(accept: request.headers[.accept], method: request.method)
        case .unknown: return try await refuse(.pathUnknown, match, request, context)
        }
    }

    private func take(_ request: Request, _ match: RouteMatch, _ context: IngestContext) async throws -> Response {
        var body = BodyStream(request, deadline: settings.bodyTimeout)
        do {
            try await alerts.serve(request, match: match, body: &body, plan: plans.current)
            return Responses.accepted
        } catch let refusal as IngestRefusal {
            return try await finish(Responses.refusal(refusal), body: &body, context)
        }
    }

    private func refuse(
        _ refusal: IngestRefusal, _ match: RouteMatch, _ request: Request, _ context: IngestContext
    ) async throws -> Response {
        var body = BodyStream(request, deadline: settings.bodyTimeout)
        let allow = refusal.status == 405 ? match.route.allowed : nil
        return try await finish(Responses.refusal(refusal, allow: allow), body: &body, context)
    }

    /// Keeps the connection if its next request can be reached soon, and closes it otherwise.
    private func finish(
        _ response: Response, body: inout BodyStream, _ context: IngestContext
    ) async throws -> Response {
        if try await body.discard() { return response }
        var response = response
        response.headers[.connection] = "close"
        // Not at once: a connection that is closed while its peer still sends is reset, and the answer lost with it.
        let channel = context.channel
        channel.eventLoop.scheduleTask(in: Self.linger) { channel.close(promise: nil) }
        return response
    }
}
