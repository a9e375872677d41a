import Foundation
import TocsinTesting

/// What one server has delivered, by receiver and group, in order.
struct DeliveredNotifications {
    struct Channel: Hashable {
        /// The path of the webhook.
        let path: String
        let groupKey: String
    }

    /// The bodies as they came, with the times that the server has filled in replaced by `filled`.
    private(set) var bodies: [Channel: [String]] = [:]

    /// - Parameter explicitTimes: The times that were sent, in milliseconds, by the first part of the path.
    init(_ requests: [ReceivedRequest], explicitTimes: [String: Set<Int>]) {
        for request in requests {
            let times = explicitTimes[DeliveredNotifications.scenario(request.path)] ?? []
            let body = try? request.json(as: JSON.self)
            let key =
                if case .object(let members) = body, case .text(let key) = members["groupKey"] { key } else { "?" }
            let text = DeliveredNotifications.normalized(request.text, explicitTimes: times)
            bodies[Channel(path: request.path, groupKey: key), default: []].append(text)
        }
    }

    /// The first part of a path.
    static func scenario(_ path: String) -> String { String(path.split(separator: "/").first ?? "") }

    private static func normalized(_ body: String, explicitTimes: Set<Int>) -> String {
        // Quotes inside of values are escaped, so this finds the members only.
        body.replacing(#/"(startsAt|endsAt)":"([^"]*)"/#) { match in
            let isKept = milliseconds(match.2).map { $0 < 0 || explicitTimes.contains($0) } ?? true
            return isKept ? String(match.0) : "\"\(match.1)\":\"filled\""
        }
    }

    /// A time of RFC 3339 with any fraction or none, cut to milliseconds; the zero time is negative.
    private static func milliseconds(_ text: Substring) -> Int? {
        guard text.hasSuffix("Z") else { return nil }
        let parts = text.dropLast().split(separator: ".")
        guard let seconds = try? Date(parts[0] + "Z", strategy: .iso8601).timeIntervalSince1970 else { return nil }
        let fraction = parts.count > 1 ? parts[1].prefix(3) : ""
        return Int(seconds) * 1000 + (Int(fraction + String(repeating: "0", count: 3 - fraction.count)) ?? 0)
    }

    /// How the second differs from the first, by scenario.
    static func differences(
        _ first: DeliveredNotifications, _ second: DeliveredNotifications
    ) -> [String: [String]] {
        var differences: [String: [String]] = [:]
        for channel in Set(first.bodies.keys).union(second.bodies.keys) {
            let (left, right) = (first.bodies[channel] ?? [], second.bodies[channel] ?? [])
            // By bytes: strings in Swift are equal if they look the same.
            guard left.map({ Array($0.utf8) }) != right.map({ Array($0.utf8) }) else { continue }
            differences[scenario(channel.path), default: []].append(
                """
                \(channel.path) \(channel.groupKey)
                Alertmanager: \(left.count)
                \(left.joined(separator: "\n"))
                Tocsin: \(right.count)
                \(right.joined(separator: "\n"))
                """)
        }
        return differences
    }
}
