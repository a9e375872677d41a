import Hummingbird
import TocsinCore
import TocsinIdentity
import TocsinRedis
import TocsinStreams

/// Finds out for which tenant a request is, and whether its caller may do there what it asks for.
struct CallerCheck: Sendable {
    let streams: TenantStreams
    let queue: QueueGuard
    let cache: TokenCache
    let clock: any WallClock

    /// The tenant's door.
    ///
    /// - Throws: ``IngestRefusal``.
    func door(
        for request: Request, path: Substring?, needs permission: Permission, plan: IngestPlan
    ) async throws(IngestRefusal) -> TenantDoor {
        let verdict = try await verdict(request.headers[.authorization], plan: plan)
        do throws(TenantRefusal) {
            let resolved = try plan.resolution.resolve(
                verdict: verdict, path: path.map(String.init), header: Self.scope(request.headers))
            try resolved.require(permission)
            guard let door = plan.doors[resolved.tenant] else { throw .unknown(resolved.tenant) }
            return door
        } catch {
            throw IngestRefusal(error)
        }
    }

    /// What is said of the bearer token; `nil` if none was sent.
    ///
    /// Other schemes are no tokens.
    private func verdict(_ authorization: String?, plan: IngestPlan) async throws(IngestRefusal) -> TokenVerdict? {
        guard let text = authorization.flatMap(Self.bearer) else { return nil }
        guard let token = APIToken.parse(text) else { return .refused(.malformed) }
        let now = clock.now()
        // A tenant that is not configured has no tokens: a guess at one costs no round trip.
        guard plan.doors[token.tenant] != nil else { return verify(token: token, record: nil, now: now) }
        if let known = cache.record(token.id, of: token.tenant, now: now) {
            return verify(token: token, record: known, now: now)
        }
        let record = try await queue.ask { try await streams.token(token.id, of: token.tenant) }
        cache.store(record, id: token.id, of: token.tenant, now: now)
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
