import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Events for New Relic's Event API: flat objects of texts and numbers.
struct NewRelicEvents: Sendable {
    private let eventType: String

    /// Older times are not taken.
    private static let oldest: Duration = .seconds(24 * 3600)

    init(_ reader: MappingReader) {
        eventType = reader.string("event_type") ?? "TocsinAlert"
        if eventType.wholeMatch(of: #/[A-Za-z0-9_:]{1,255}/#) == nil {
            reader.report(
                "value_invalid", "an event type has letters, digits, underscores and colons", name: "event_type")
        }
    }

    /// Writes one event for each alert.
    func encode(_ notification: TocsinAlerts.Notification, now: Timestamp) -> [UInt8] {
        var writer = JSONWriter()
        writer.array { writer in
            for item in notification.alerts {
                writer.object { writer in
                    writer.member("eventType", eventType)
                    // Without it the time of arrival counts.
                    if now - notification.createdAt < NewRelicEvents.oldest {
                        writer.member("timestamp", notification.createdAt.milliseconds)
                    }
                    for (name, value) in AlertRecord(item, in: notification).flat { writer.member(name, value) }
                }
            }
        }
        return writer.bytes
    }

    private struct Answer: Decodable {
        let uuid: String?
    }

    /// The vendor checks events after it has answered, and tells what is wrong with them in events of its own.
    static func outcome(_ response: DeliveryResponse) -> DeliveryOutcome {
        .delivered(vendorID: (try? JSONDecoder().decode(Answer.self, from: Data(response.body)))?.uuid)
    }
}
