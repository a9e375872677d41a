import Foundation
import Hummingbird
import NIOCore
import TocsinAlerts
import TocsinCore
import TocsinRouting
import TocsinStreams

/// Tells what became of an alert, and why: what was written down of it when it happened.
struct ExplainEndpoint: Sendable {
    let streams: TenantStreams
    let queue: QueueGuard
    let callers: CallerCheck
    let slots: ReadSlots

    private struct Answer: Encodable {
        struct Story: Encodable {
            let fingerprint: String
            let labels: [String: String]?
            let steps: [AlertStory.Step]
        }

        let alerts: [Story]
    }

    /// `GET /api/v1/explain`: of one alert by `fingerprint`, or of those that `filter` chooses.
    ///
    /// - Throws: ``IngestRefusal``.
    func serve(
        _ request: Request, match: RouteMatch, peer: RequestPeer, plan: IngestPlan
    ) async throws(IngestRefusal) -> Response {
        let tenant = try await callers.enter(request, match: match, peer: peer, plan: plan).door.tenant
        // It reads as much as a list does.
        let slot = try slots.take()
        defer { withExtendedLifetime(slot) {} }
        let query = QueryParameters(path: request.head.path ?? "")
        let choice: AlertChoice
        do throws(StreamsError) {
            choice = try AlertChoice(query.first("fingerprint").map { [$0] } ?? query.all("filter"))
        } catch { throw IngestRefusal(400, error.code, error.message) }
        let alerts = try await queue.ask { () throws in
            do {
                return try await streams.explain(choice, of: tenant)
            } catch let error as StreamsError where error.isBadQuestion {
                throw IngestRefusal(400, error.code, error.message)
            }
        }
        guard !alerts.isEmpty else { throw .unexplained }
        let stories = alerts.map { alert in
            Answer.Story(
                fingerprint: Hexadecimal.encode(alert.story.fingerprint),
                labels: alert.labels.map { labels in
                    Dictionary(labels.labels.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
                }, steps: alert.story.steps)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let body = try? encoder.encode(Answer(alerts: stories)) else { throw .unexplained }
        return Responses.json(status: 200, ByteBuffer(bytes: body))
    }
}

extension IngestRefusal {
    fileprivate static let unexplained = IngestRefusal(
        404, "alert_unknown",
        "nothing is written down of such an alert: it never came here, or its trail is older than limits.trail_bytes has "
            + "room for")
}
