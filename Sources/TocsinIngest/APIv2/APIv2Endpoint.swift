import Hummingbird
import NIOCore
import Synchronization
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIdentity
import TocsinRouting
import TocsinStreams

/// Answers Alertmanager's API v2 but for its way in: what is known of a tenant's alerts, its silences, its configuration.
struct APIv2Endpoint: Sendable {
    /// How long a list waits for alerts that were accepted before it was asked for to be routed.
    private static let patience = Duration.seconds(1)

    let settings: IngestSettings
    let streams: TenantStreams
    let queue: QueueGuard
    let callers: CallerCheck
    let budget: ByteBudget
    let silences: SilencesEndpoint
    let slots: ReadSlots
    /// The bytes of records that all lists may keep between their passes.
    let room: ByteBudget
    let cluster: @Sendable () async -> ClusterView
    let version: String
    let startedAt: Timestamp
    let clock: any WallClock

    /// Serves a request.
    ///
    /// - Throws: ``IngestRefusal``, ``APIv2Error``, or what the connection fails with.
    func serve(
        _ request: Request, match: RouteMatch, peer: RequestPeer, body: inout BodyStream, plan: IngestPlan
    ) async throws -> Response {
        let isRead = request.method == .get || request.method == .head
        let visitor = try await callers.enter(request, match: match, peer: peer, plan: plan)
        let door = visitor.door
        let query = QueryParameters(path: request.head.path ?? "")
        guard isRead else {
            return try await change(request, match: match, body: &body, visitor: visitor)
        }
        let slot = try slots.take()
        switch match.route {
        case .apiStatus: return await status(of: door)
        case .receivers: return try receivers(of: door, query: query)
        case .silences: return try await silences.list(door, query: query)
        case .silence: return try await silences.show(String(match.id ?? ""), door: door)
        case .page:
            let page = try AlertPage(query)
            let listing = try await listing(at: door, query: query)
            return Self.stream(holding: slot) { try await listing.write(page, to: &$0) }
        case .groups:
            let listing = GroupListing(
                streams: streams, tenant: door.tenant, tree: door.tree, muting: door.timeMuting,
                standings: try await standings(at: door), filter: try AlertFilter(query))
            return Self.stream(holding: slot) { try await listing.write(to: &$0) }
        default:
            let listing = try await listing(at: door, query: query)
            return Self.stream(holding: slot) { try await listing.write(to: &$0) }
        }
    }

    private func listing(at door: TenantDoor, query: QueryParameters) async throws -> AlertListing {
        let filter = try AlertFilter(query)
        return AlertListing(
            streams: streams, tenant: door.tenant, tree: door.tree, standings: try await standings(at: door),
            filter: filter, room: room)
    }

    private func change(
        _ request: Request, match: RouteMatch, body: inout BodyStream, visitor: Visitor
    ) async throws -> Response {
        if request.method == .delete { return try await silences.expire(String(match.id ?? ""), by: visitor) }
        try AlertsEndpoint.checkType(request.headers)
        var share = BudgetShare(budget)
        return try await silences.post(
            try await body.collect(limit: settings.maxSilenceBytes, budget: &share), by: visitor)
    }

    /// Waits until what was accepted before is routed, so that whoever posts and then asks sees what was posted.
    private func standings(at door: TenantDoor) async throws -> AlertStandings {
        let silences = try await queue.ask {
            if let newest = try await streams.newestBatch(of: door.tenant) {
                let start = ContinuousClock.now
                while try await !streams.isRouted(newest, of: door.tenant),
                    ContinuousClock.now - start < Self.patience
                {
                    try await clock.sleep(for: .milliseconds(5))
                }
            }
            return try await streams.silences(of: door.tenant)
        }
        return AlertStandings(
            streams: streams, tenant: door.tenant, inhibition: door.inhibition, silences: silences.set,
            now: clock.now())
    }

    /// An answer that is written as it is read; the place among the lists is given back when it ends.
    private static func stream(
        holding slot: ReadSlot,
        _ write: @concurrent @Sendable @escaping (inout any ResponseBodyWriter) async throws -> Void
    ) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                defer { withExtendedLifetime(slot) {} }
                try await write(&writer)
                try await writer.finish(nil)
            })
    }

    private func receivers(of door: TenantDoor, query: QueryParameters) throws -> Response {
        let filter = try AlertFilter(query)
        var writer = JSONWriter()
        writer.array { writer in
            for name in door.receiverNames where filter.shows(receiver: name) {
                writer.object { $0.member("name", name) }
            }
        }
        return Responses.json(status: 200, ByteBuffer(bytes: writer.bytes))
    }

    private func status(of door: TenantDoor) async -> Response {
        let cluster = await cluster()
        var writer = JSONWriter()
        writer.object { writer in
            writer.name("cluster")
            writer.object { writer in
                if let name = cluster.name { writer.member("name", name) }
                writer.name("peers")
                writer.array { writer in
                    for peer in cluster.peers {
                        writer.object { writer in
                            writer.member("address", peer.address)
                            writer.member("name", peer.name)
                        }
                    }
                }
                writer.member("status", cluster.name == nil ? "disabled" : "ready")
            }
            writer.name("config")
            writer.object { $0.member("original", door.alertmanagerText) }
            writer.member("uptime", startedAt.rfc3339Milliseconds)
            writer.name("versionInfo")
            writer.object { writer in
                for name in ["branch", "buildDate", "buildUser", "goVersion", "revision"] { writer.member(name, "") }
                writer.member("version", version)
            }
        }
        return Responses.json(status: 200, ByteBuffer(bytes: writer.bytes))
    }
}

/// Bounds how many lists are made at once: they cost memory and time, and posts must not wait for them.
final class ReadSlots: Sendable {
    private let limit: Int
    private let taken = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// A place, given back when it is let go.
    func take() throws(IngestRefusal) -> ReadSlot {
        guard taken.wrappingAdd(1, ordering: .relaxed).newValue <= limit else {
            giveBack()
            throw IngestRefusal(
                503, "too_many_reads", "Limit of concurrent GET requests reached (\(limit)), try again later.",
                retryAfter: .seconds(1))
        }
        return ReadSlot(self)
    }

    fileprivate func giveBack() { taken.wrappingSubtract(1, ordering: .relaxed) }
}

/// A place among the lists that are made.
final class ReadSlot: Sendable {
    private let slots: ReadSlots

    fileprivate init(_ slots: ReadSlots) { self.slots = slots }

    deinit { slots.giveBack() }
}
