import Hummingbird
import Metrics
import TocsinAlerts
import TocsinCore
import TocsinIdentity
import TocsinRedis
import TocsinRouting
import TocsinSealing
import TocsinStreams
import TocsinTelemetry

/// Takes alerts: Prometheus' own and Alertmanager's webhooks.
///
/// An alert's texts go from the body to the queue as they came: they are pointed at and copied once, never turned into
/// strings. 200 is said only after Redis has them.
struct AlertsEndpoint: Sendable {
    let settings: IngestSettings
    let streams: TenantStreams
    let queue: QueueGuard
    let ring: ReplayRing?
    let watch: QueueWatch?
    let callers: CallerCheck
    let budget: ByteBudget
    let metrics: IngestMetrics
    let processed: SlidingCounter
    let clock: any WallClock

    /// Serves a request.
    ///
    /// - Throws: ``IngestRefusal``, or what the connection fails with.
    func serve(_ request: Request, match: RouteMatch, peer: RequestPeer, body: inout BodyStream, plan: IngestPlan)
        async throws
    {
        let visitor = try await callers.enter(request, match: match, peer: peer, plan: plan)
        let door = visitor.door
        try Self.checkType(request.headers)
        try await queue.waitForStart()
        guard queue.isConnected else { throw IngestRefusal.redisUnavailable }
        // What was accepted needs the rest of the memory to be dealt with.
        guard watch?.isMemoryLow != true else { throw IngestRefusal.redisMemoryLow }
        var share = BudgetShare(budget)
        let limit = min(settings.maxBodyBytes, door.limits.maxBodyBytes)
        let bytes = try await body.collect(limit: limit, budget: &share)
        metrics.body(bytes: bytes.count)
        var scan = try Self.scan(bytes, from: match.route, limits: door.limits)
        let masked = door.masking.isEmpty ? 0 : try await mask(&scan, at: door)
        if scan.accepted > 0 { try await keep(scan, from: visitor.origin(masked: masked), at: door) }
        guard scan.rejected.isEmpty else {
            door.alerts.rejected.increment(by: scan.rejected.count)
            throw IngestRefusal.alertsRejected(
                accepted: scan.accepted, rejected: scan.rejected.map { .init(index: $0.index, reason: $0.reason) })
        }
    }

    /// Takes out what the tenant's rules name: the ring, Redis and the workers see only what is left.
    private func mask(_ scan: inout AlertScan, at door: TenantDoor) async throws(IngestRefusal) -> Int {
        var keys = MaskingKeys(index: streams.indexKey(of: door.tenant))
        // Every text is looked through once; what is to be encrypted needs keys before anything is rewritten.
        var finds: [MaskingPolicy.Finds] = []
        do {
            try scan.rewrite { place, text in
                let (place, name) = Self.place(place)
                finds.append(door.masking.finds(in: text, place: place, name: name, key: keys.index))
                return nil
            }
            let subjects = door.masking.encrypts ? Set(finds.flatMap(\.subjects)).sorted() : []
            if !subjects.isEmpty { keys.subjects = try await self.keys(of: subjects, at: door) }
            guard finds.contains(where: { !$0.isEmpty }) else { return 0 }
            var next = 0
            let count = try scan.rewrite { _, text in
                defer { next += 1 }
                return door.masking.masked(text, finds[next], keys: keys)
            }
            door.alerts.masked.increment(by: count)
            return count
        } catch let error as IngestRefusal {
            throw error
        } catch {
            throw .internalFailure(error)
        }
    }

    /// The keys of what is to be encrypted.
    private func keys(of subjects: [String], at door: TenantDoor) async throws(IngestRefusal) -> [String: [UInt8]] {
        try await queue.ask {
            try await streams.maskingKeys(of: subjects, tenant: door.tenant, making: true)
        }
    }

    private static func place(_ text: AlertText) -> (MaskingPlace, String) {
        switch text {
        case .label(let name): (.labels, name)
        case .annotation(let name): (.annotations, name)
        case .generatorURL: (.generatorURL, "generatorURL")
        }
    }

    private func keep(_ scan: AlertScan, from origin: BatchOrigin, at door: TenantDoor) async throws {
        switch try await queue.ask({ try await store(scan, from: origin, at: door) }) {
        case .accepted:
            door.alerts.accepted.increment(by: scan.accepted)
            processed.add(scan.accepted, at: clock.now())
        case .queueFull(let wait):
            door.alerts.limited.increment(by: scan.accepted)
            throw IngestRefusal.queueFull(tenant: door.tenant, retryAfter: wait)
        case .rateLimited(let wait):
            door.alerts.limited.increment(by: scan.accepted)
            throw IngestRefusal.rateLimited(tenant: door.tenant, retryAfter: wait)
        }
    }

    /// Hands a batch to the queue, and keeps it in the ring before anybody is told that it was taken.
    private func store(_ scan: AlertScan, from origin: BatchOrigin, at door: TenantDoor) async throws -> Admission {
        let batch = try await streams.seal(
            scan.payload, alerts: scan.accepted, of: door.tenant, policy: door.policy, from: origin)
        let epoch = queue.redis.topologyEpoch
        let keeping = try await streams.keep(
            batch, policy: door.policy, durability: door.durability, remembering: ring?.memory)
        switch keeping {
        case .kept(let batch):
            try await ring?.add(batch, epoch: epoch)
            return .accepted
        case .refused(let admission): return admission
        }
    }

    /// Only JSON, as Alertmanager: a type that a web page's form can send must not be taken, for then any page that a
    /// person opens could post alerts to a server in their network.
    static func checkType(_ headers: HTTPFields) throws(IngestRefusal) {
        let whole = headers[.contentType] ?? ""
        if whole != "application/json" {
            let type = whole.prefix { $0 != ";" && $0 != " " }
            guard type.lowercased() == "application/json" else { throw .typeUnsupported }
        }
        if let encoding = headers[.contentEncoding], encoding.lowercased() != "identity" { throw .encodingUnsupported }
    }

    /// Reads a body, in the form that its address takes.
    static func scan(_ bytes: [UInt8], from route: IngestRoute, limits: AlertLimits) throws(IngestRefusal) -> AlertScan
    {
        do throws(AlertDecodingError) {
            return try route == .webhook
                ? AlertScanner.scanWebhook(bytes, limits: limits) : AlertScanner.scan(bytes, limits: limits)
        } catch {
            if error.kind == .tooManyAlerts { throw .tooManyAlerts(limit: limits.maxAlerts) }
            throw IngestRefusal(400, error.code, error.message)
        }
    }
}
