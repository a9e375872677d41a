public import Hummingbird
import NIOCore
import TocsinAudit
import TocsinCore
import TocsinIdentity

/// What an answer needs of its connection.
public struct IngestContext: InitializableFromSource {
    let channel: any Channel

    /// The context of a request on a connection.
    public init(source: ApplicationRequestContextSource) { channel = source.channel }

    /// Whether the channel is one of many on a connection, as in HTTP/2: its parent is then that connection's channel,
    /// and the grandparent the server's.
    var isStream: Bool { channel.parent?.parent != nil }
}

/// Answers the requests of an ingest node.
///
/// It stands in the place of a router with middleware: there are a dozen paths, and one `switch` over them costs a request
/// less than a table does. ``IngestRouter/make(_:)`` builds it.
public struct IngestRouter: HTTPResponder {
    /// How long a connection may go on sending a body that nobody reads, so that its sender sees why.
    private static let linger = TimeAmount.seconds(1)

    /// How many alerts of a batch were kept although others were not; and where in the batch those stand, from 0.
    private static let partNames: (HTTPFields.Element.Name, HTTPFields.Element.Name)? = HTTPFields.Element.Name(
        "Tocsin-Accepted"
    ).flatMap {
        kept in
        HTTPFields.Element.Name("Tocsin-Rejected").map { (kept, $0) }
    }

    let settings: IngestSettings
    let plans: IngestPlans
    let alerts: AlertsEndpoint
    let api: APIv2Endpoint
    let receivers: ReceiversEndpoint
    let status: StatusEndpoint
    let audit: AuditEndpoint
    let explain: ExplainEndpoint
    let refused: RefusedCallers
    let web: WebDoor?
    let isDraining: @Sendable () -> Bool
    let metrics: IngestMetrics

    /// Answers one request.
    public func respond(to request: Request, context: IngestContext) async throws -> Response {
        let start = ContinuousClock.now
        let match = RouteMatch(path: request.head.path ?? "/", prefix: settings.pathPrefix)
        var response = try await guarded(request, match: match, context: context)
        if isDraining() { Self.part(&response, context) }
        metrics.request(match.route, status: response.status.code, took: ContinuousClock.now - start)
        return response
    }

    /// Lets a connection end with this answer, so that its client comes back to another node.
    private static func part(_ response: inout Response, _ context: IngestContext) {
        if !context.isStream { response.headers[.connection] = "close" }
        // HTTP/2 says so by itself (GOAWAY), and serves the streams that are open to their end.
        let connection = context.isStream ? context.channel.parent : context.channel
        connection?.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    /// Answers whom the door lets in; with no file about it that is everybody.
    private func guarded(_ request: Request, match: RouteMatch, context: IngestContext) async throws -> Response {
        guard let web else { return try await shared(request, match: match, context: context) }
        let verdict = await web.judge(request)
        var response: Response
        if let refusal = verdict.refusal {
            if refusal.status == .unauthorized {
                let peer = RequestPeer(certificate: nil, context: context)
                await refused.note(
                    "password_invalid", at: match.route, in: .deployment,
                    actor: AuditActor(kind: .open, address: peer.address))
            }
            var body = BodyStream(request, deadline: settings.bodyTimeout)
            response = try await finish(refusal, body: &body, context)
        } else {
            response = try await shared(request, match: match, context: context)
        }
        for field in verdict.headers { response.headers[field.name] = field.value }
        return response
    }

    /// Answers, and lets pages of other origins read it where they may.
    private func shared(_ request: Request, match: RouteMatch, context: IngestContext) async throws -> Response {
        guard settings.allowsOtherOrigins, match.isAPIv2 else {
            return try await answer(request, match: match, context: context)
        }
        if let response = CrossOrigin.preflight(request) { return response }
        var response = try await answer(request, match: match, context: context)
        CrossOrigin.mark(&response, to: request)
        return response
    }

    private func answer(_ request: Request, match: RouteMatch, context: IngestContext) async throws -> Response {
        guard match.route.allows(request.method) else {
            return try await refuse(.methodNotAllowed(match.route), match, request, context)
        }
        switch match.route {
        case .alerts where request.method == .post: return try await take(request, match, context)
        case .webhook: return try await take(request, match, context)
        case .alerts, .groups, .silences, .silence, .receivers, .apiStatus, .page:
            return try await ask(request, match, context)
        case .integrations, .receiverTest, .receiverResume, .nodes, .audit, .explain:
            return try await manage(request, match, context)
        case .index: return status.index(prefix: settings.pathPrefix, method: request.method)
        case .reload: return await status.reload()
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
            try await alerts.serve(
                request, match: match, peer: await peer(context), body: &body, plan: plans.current)
            return Responses.accepted
        } catch let refusal as IngestRefusal {
            return try await finish(Self.response(refusal, match, request), body: &body, context)
        }
    }

    private func ask(_ request: Request, _ match: RouteMatch, _ context: IngestContext) async throws -> Response {
        var body = BodyStream(request, deadline: settings.bodyTimeout)
        do {
            return try await api.serve(
                request, match: match, peer: await peer(context), body: &body, plan: plans.current)
        } catch let error as APIv2Error {
            return try await finish(error.response, body: &body, context)
        } catch let refusal as IngestRefusal {
            return try await finish(Self.response(refusal, match, request), body: &body, context)
        }
    }

    private func manage(_ request: Request, _ match: RouteMatch, _ context: IngestContext) async throws -> Response {
        var body = BodyStream(request, deadline: settings.bodyTimeout)
        do throws(IngestRefusal) {
            let (peer, plan) = (await peer(context), plans.current)
            switch match.route {
            case .nodes: return try await status.nodes(request, match: match, peer: peer, plan: plan)
            case .explain: return try await explain.serve(request, match: match, peer: peer, plan: plan)
            case .audit: return try await audit.serve(request, match: match, peer: peer, plan: plan)
            default: return try await receivers.serve(request, match: match, peer: peer, plan: plan)
            }
        } catch {
            return try await finish(Responses.refusal(error), body: &body, context)
        }
    }

    /// Who is at the connection's other end; nobody looks for a certificate where nobody is known by one.
    private func peer(_ context: IngestContext) async -> RequestPeer {
        let certificate = plans.current.certificates.isEmpty ? nil : await VerifiedPeer.find(of: context)
        return RequestPeer(certificate: certificate, context: context)
    }

    /// A refusal, told to Alertmanager's clients as they know it.
    private static func response(_ refusal: IngestRefusal, _ match: RouteMatch, _ request: Request) -> Response {
        let path = String((request.head.path ?? "/").prefix { $0 != "?" })
        guard match.isAPIv2, let error = APIv2Error(refusal, match, method: request.method, path: path) else {
            return Responses.refusal(refusal)
        }
        var response = error.response
        // Its clients read only words, so what scripts can match is beside them.
        if let accepted = refusal.accepted, let (kept, left) = Self.partNames {
            response.headers[kept] = String(accepted)
            response.headers[left] = refusal.rejected.prefix(1000).map { String($0.index) }.joined(separator: ",")
        }
        return response
    }

    private func refuse(
        _ refusal: IngestRefusal, _ match: RouteMatch, _ request: Request, _ context: IngestContext
    ) async throws -> Response {
        var body = BodyStream(request, deadline: settings.bodyTimeout)
        let allow = refusal.status == 405 ? match.route.allowed : nil
        var response = Self.response(refusal, match, request)
        if let allow { response.headers[.allow] = allow }
        return try await finish(response, body: &body, context)
    }

    /// Keeps the connection if its next request can be reached soon, and closes it otherwise.
    private func finish(
        _ response: Response, body: inout BodyStream, _ context: IngestContext
    ) async throws -> Response {
        if try await body.discard() { return response }
        var response = response
        // HTTP/2 has no such header: there only the request's own stream is closed.
        if !context.isStream { response.headers[.connection] = "close" }
        // Not at once: a connection that is closed while its peer still sends is reset, and the answer lost with it.
        let channel = context.channel
        channel.eventLoop.scheduleTask(in: Self.linger) { channel.close(promise: nil) }
        return response
    }
}
