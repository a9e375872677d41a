import Hummingbird
import NIOCore
import TocsinAudit
import TocsinCore
import TocsinStreams

/// Serves the files of a tenant's audit log as <https://c2sp.org/tlog-tiles> has them.
struct AuditEndpoint: Sendable {
    let streams: TenantStreams
    let queue: QueueGuard
    let callers: CallerCheck
    let recorder: AuditRecorder
    /// Who was recorded lately as a reader: each file by itself would fill the log with its own reading.
    private let readers = ExpiringCache<Reader, Bool>(timeToLive: .seconds(60), capacity: 4096)

    private struct Reader: Hashable {
        let log: TenantID
        let actor: AuditActor
    }

    init(streams: TenantStreams, queue: QueueGuard, callers: CallerCheck, recorder: AuditRecorder) {
        self.streams = streams
        self.queue = queue
        self.callers = callers
        self.recorder = recorder
    }

    /// `GET /api/v1/audit/{file}`: `checkpoint`, `tile/…`, or `key`, which is what judges the checkpoint.
    ///
    /// - Throws: ``IngestRefusal``.
    func serve(
        _ request: Request, match: RouteMatch, peer: RequestPeer, plan: IngestPlan
    ) async throws(IngestRefusal) -> Response {
        let visitor = try await callers.enter(request, match: match, peer: peer, plan: plan)
        let (file, log) = (String(match.id ?? ""), visitor.door.tenant)
        let reader = AuditReader(streams: streams, recorder: recorder, log: log, clock: callers.clock)
        try await record(visitor.actor, reads: file == "checkpoint" ? "checkpoint" : "files", of: log)
        if file == "checkpoint" {
            guard let note = try await queue.ask({ try await reader.tiles.checkpoint() }) else { throw .auditEmpty }
            return Responses.text(String(decoding: note, as: UTF8.self))
        }
        if file == "key" {
            let keys = try await queue.ask { try await reader.keys() }
            return Responses.text(keys.map { "\($0)\n" }.joined())
        }
        guard let name = TileName(path: file) else { throw .pathUnknown }
        guard let bytes = try await queue.ask({ try await reader.tiles.tile(name) }) else { throw .pathUnknown }
        return Response(
            status: .ok,
            headers: [.contentType: "application/octet-stream", .cacheControl: "private, immutable, max-age=31536000"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// Records a reader before it is given anything, once a minute.
    private func record(_ actor: AuditActor, reads what: String, of log: TenantID) async throws(IngestRefusal) {
        let (reader, now) = (Reader(log: log, actor: actor), callers.clock.now())
        guard readers.value(reader, now: now) == nil else { return }
        let event = AuditEvent(.auditRead, on: what, by: actor)
        _ = try await queue.ask { try await recorder.record(event, in: log) }
        readers.store(true, for: reader, now: now)
    }
}

extension IngestRefusal {
    fileprivate static let auditEmpty = IngestRefusal(
        404, "audit_empty", "the audit log has no signed head yet: ask again in a second", retryAfter: .seconds(1))
}
