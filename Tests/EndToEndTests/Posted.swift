import Foundation
import TocsinTesting

/// Alerts as a test posts and finds them.
enum Posted {
    /// A body of alerts, each with a `bench_id` of its own.
    static func body(_ ids: [String], resolved: Bool = false) -> String {
        let now = Date()
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let alerts = ids.map { id in
            """
            {"labels":{"alertname":"Case","bench_id":"\(id)","severity":"critical"},"annotations":{"summary":"s"},\
            "startsAt":"\((now - 60).formatted(style))","endsAt":"\((resolved ? now : now + 600).formatted(style))"}
            """
        }
        return "[" + alerts.joined(separator: ",") + "]"
    }

    /// How often each id has arrived as firing in requests that were answered with success.
    static func counts(_ requests: [ReceivedRequest]) -> [String: Int] {
        var counts: [String: Int] = [:]
        for request in requests {
            for alert in alerts(in: request) where alert.status == "firing" { counts[alert.id, default: 0] += 1 }
        }
        return counts
    }

    static func alerts(in request: ReceivedRequest) -> [(id: String, status: String)] {
        struct Message: Decodable {
            struct Alert: Decodable {
                let status: String
                let labels: [String: String]
            }
            let alerts: [Alert]
        }
        guard let message = try? request.json(as: Message.self) else { return [] }
        return message.alerts.map { ($0.labels["bench_id"] ?? "?", $0.status) }
    }
}
