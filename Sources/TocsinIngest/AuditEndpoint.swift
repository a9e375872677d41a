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

    /// `GET /api/v1/audit/{file}`: `checkpoint`, `tile/…`, or `key`, which is what judges the checkpoint.
    ///
    /// - Throws: ``IngestRefusal``.
    func serve(
        _ request: Request, match: RouteMatch, peer: RequestPeer, plan: IngestPlan
    ) async throws(IngestRefusal) -> Response {
        let visitor = try await callers.enter(request, match: match, peer: peer, plan: plan)
        let (file, log) = (String(match.id ?? ""), visitor.door.tenant)
        let reader = AuditReader(streams: streams, recorder: recorder, log: log, clock: callers.clock)
        if file == "checkpoint" {
            // The head is where reading begins; each tile by itself would fill the log with its own reading.
            let event = AuditEvent(.auditRead, on: "checkpoint", by: visitor.actor)
            _ = try await queue.ask { try await recorder.record(event, in: log) }
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
}

extension IngestRefusal {
    fileprivate static let auditEmpty = IngestRefusal(
        404, "audit_empty", "the audit log has no signed head yet: ask again in a second", retryAfter: .seconds(1))
}
