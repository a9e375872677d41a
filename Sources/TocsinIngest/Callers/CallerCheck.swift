import Hummingbird
import TocsinAudit
import TocsinCore
import TocsinIdentity
import TocsinRedis
import TocsinStreams

/// Finds out for which tenant a request is, and whether its caller may do there what it asks for.
struct CallerCheck: Sendable {
    /// A token's id, which means nothing outside of its tenant.
    private struct TokenName: Hashable {
        let tenant: TenantID
        let id: String
    }

    let streams: TenantStreams
    let queue: QueueGuard
    let clock: any WallClock
    /// Who else makes tokens that are believed.
    let issuers: TrustedIssuers
    /// Who was not let in.
    let refused: RefusedCallers
    private let guesses = GuessBrake()
    /// The records that were asked for lately, and those that turned out not to exist.
    ///
    /// They save a round trip for each request, and bound how many of them guesses can cause. A revoked token works at most
    /// that much longer. The secret is compared anew for each request.
    private let known = ExpiringCache<TokenName, TokenRecord?>(timeToLive: .seconds(2), capacity: 8192)

    init(
        streams: TenantStreams, queue: QueueGuard, clock: any WallClock, issuers: TrustedIssuers = TrustedIssuers(),
        refused: RefusedCallers
    ) {
        self.streams = streams
        self.queue = queue
        self.clock = clock
        self.issuers = issuers
        self.refused = refused
    }

    /// Lets a caller in, by what ``IngestRoute/permission(for:)`` says of the route.
    ///
    /// - Throws: ``IngestRefusal``.
    func enter(
        _ request: Request, match: RouteMatch, peer: RequestPeer, plan: IngestPlan
    ) async throws(IngestRefusal) -> Visitor {
        guard let permission = match.route.permission(for: request.method) else { throw .pathUnknown }
        let verdict = try await verdict(request.headers[.authorization])
        do throws(TenantRefusal) {
            let resolved = try plan.resolution.resolve(
                verdict: verdict, certificate: peer.certificate.flatMap { plan.certificates.caller(of: $0.names) },
                path: match.tenant.map(String.init), header: Self.scope(request.headers))
            guard let door = plan.doors[resolved.tenant] else { throw .unknown(resolved.tenant) }
            try resolved.require(permission, twice: door.twoCredentials.contains(permission))
            return Visitor(door: door, resolved: resolved, peer: peer)
        } catch {
            await note(error, request, match, peer, plan)
            if error == .tokenInvalid { await guesses.brake(now: clock.now()) }
            throw IngestRefusal(error)
        }
    }

    /// Records a refusal in the log of the tenant that was meant, as far as there is one.
    private func note(
        _ refusal: TenantRefusal, _ request: Request, _ match: RouteMatch, _ peer: RequestPeer, _ plan: IngestPlan
    ) async {
        let token = request.headers[.authorization].flatMap(Self.bearer).flatMap { APIToken.parse($0) }
        let named = token?.tenant ?? match.tenant.flatMap { TenantID(String($0)) }
        let log = named.flatMap { plan.doors[$0]?.tenant } ?? .deployment
        let actor = AuditActor(kind: .open, credential: token?.id, address: peer.address)
        await refused.note(refusal.code, at: match.route, in: log, actor: actor)
    }

    /// What is said of the bearer token; `nil` if none was sent.
    ///
    /// Other schemes are no tokens.
    private func verdict(_ authorization: String?) async throws(IngestRefusal) -> TokenVerdict? {
        guard let text = authorization.flatMap(Self.bearer) else { return nil }
        let now = clock.now()
        guard let token = APIToken.parse(text) else { return try await issuers.verdict(text, now: now) }
        // Asked for of a tenant that is not configured too, or the time of the answer would tell which tenants there are.
        let name = TokenName(tenant: token.tenant, id: token.id)
        if let record = known.value(name, now: now) { return verify(token: token, record: record, now: now) }
        let record = try await queue.ask { try await streams.token(token.id, of: token.tenant) }
        known.store(record, for: name, now: now)
        return verify(token: token, record: record, now: now)
    }

    /// The tenant that a gateway names.
    ///
    /// Two such headers, of which one may be the caller's own, make no valid name.
    private static func scope(_ headers: HTTPFields) -> String? {
        let values = headers.filter { $0.name.canonicalName == "x-scope-orgid" }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ",")
    }

    /// The token of an `Authorization` header, whose scheme is not case-sensitive.
    static func bearer(_ header: String) -> String? {
        let scheme = "bearer "
        guard header.utf8.count > scheme.utf8.count, header.prefix(scheme.count).lowercased() == scheme else {
            return nil
        }
        let token = header.dropFirst(scheme.count).drop { $0 == " " }
        return String(token)
    }
}
