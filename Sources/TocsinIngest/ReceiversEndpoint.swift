import Foundation
import Hummingbird
import NIOCore
import TocsinAlerts
import TocsinAudit
import TocsinCore
import TocsinIdentity
import TocsinStreams

/// The answer to a wish to test a receiver.
public enum ReceiverTestAnswer: Sendable {
    /// What was asked and answered, as JSON.
    case tested([UInt8])
    /// There is no such receiver, or it is not enabled.
    case unknown
}

/// Tells how a tenant's receivers are doing, tests one, and lets one be used again.
struct ReceiversEndpoint: Sendable {
    let streams: TenantStreams
    let queue: QueueGuard
    let callers: CallerCheck
    let recorder: AuditRecorder
    let test: (@Sendable (TenantID, String) async -> ReceiverTestAnswer)?
    let clock: any WallClock

    /// Serves a request.
    ///
    /// - Throws: ``IngestRefusal``.
    func serve(
        _ request: Request, match: RouteMatch, peer: RequestPeer, plan: IngestPlan
    ) async throws(IngestRefusal) -> Response {
        let visitor = try await callers.enter(request, match: match, peer: peer, plan: plan)
        let door = visitor.door
        guard match.route != .integrations else { return try await list(door) }
        let receiver = (match.id ?? "").removingPercentEncoding ?? ""
        guard door.receivers.contains(where: { $0.id == receiver && $0.enabled }) else {
            throw .receiverUnknown(door.receivers.map(\.id))
        }
        guard match.route == .receiverTest else {
            let event = AuditEvent(.receiverResume, on: "receiver/\(receiver)", by: visitor.actor)
            let wasResting = try await queue.ask {
                try await recorder.around(event, in: door.tenant) {
                    (try await streams.resume(receiver, of: door.tenant), AuditChange())
                }
            }
            var writer = JSONWriter()
            writer.object { $0.member("resumed", wasResting) }
            return Responses.json(status: 200, ByteBuffer(bytes: writer.bytes))
        }
        guard let test else { throw .pathUnknown }
        let event = AuditEvent(.receiverTest, on: "receiver/\(receiver)", by: visitor.actor)
        let answer = try await queue.ask {
            try await recorder.around(event, in: door.tenant) { (await test(door.tenant, receiver), AuditChange()) }
        }
        switch answer {
        case .tested(let report): return Responses.json(status: 200, ByteBuffer(bytes: report))
        case .unknown: throw .receiverUnknown(door.receivers.map(\.id))
        }
    }

    private func list(_ door: TenantDoor) async throws(IngestRefusal) -> Response {
        let now = clock.now()
        let health = try await queue.ask {
            try await streams.health(of: door.receivers.map(\.id), tenant: door.tenant, now: now)
        }
        var writer = JSONWriter()
        writer.object { writer in
            writer.name("integrations")
            writer.array { writer in
                for (receiver, health) in zip(door.receivers, health) {
                    writer.object { writer in
                        writer.member("receiver", receiver.id)
                        writer.member("integration", receiver.channelType)
                        writer.member("enabled", receiver.enabled)
                        writer.member("health", health.state.rawValue)
                        if let reason = health.reason { writer.member("reason", reason) }
                        if let until = health.until { writer.member("until", until.rfc3339Milliseconds) }
                        writer.member("failures", health.failures)
                        writer.member("waiting", health.waiting)
                        writer.member("in_flight", health.inFlight)
                        writer.member("retrying", health.retrying)
                    }
                }
            }
        }
        return Responses.json(status: 200, ByteBuffer(bytes: writer.bytes))
    }
}

extension IngestRefusal {
    fileprivate static func receiverUnknown(_ known: [String]) -> IngestRefusal {
        IngestRefusal(
            404, "receiver_unknown",
            "there is no such receiver that is enabled; there are: " + known.sorted().joined(separator: ", "))
    }
}
