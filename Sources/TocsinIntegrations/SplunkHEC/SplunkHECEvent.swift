import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// The objects for the HTTP Event Collector, one behind the other without anything between them.
struct SplunkHECEvent: Sendable {
    private static let hostLimit = 255
    /// What may stand beside an event, where it is found without being searched for.
    private static let fields: Set<String> = ["status", "severity", "alertname", "fingerprint", "group", "tenant"]
    private static let fieldLimit = 500

    private let index: String
    private let source: String
    private let sourceType: String
    private let host: MessageTemplate?

    init(_ context: IntegrationContext) {
        let reader = context.reader
        index = reader.string("index") ?? ""
        source = reader.string("source") ?? "tocsin"
        sourceType = reader.string("sourcetype") ?? "tocsin:alert"
        host = reader.has("host") ? context.text("host") : nil
        if !index.isEmpty, index.wholeMatch(of: #/[a-z0-9_][a-z0-9_-]*/#) == nil {
            reader.report(
                "value_invalid", "an index has small letters, digits, dashes and underscores", name: "index")
        }
    }

    /// Writes one object for each alert.
    func encode(_ notification: Notification, _ render: MessageRenderer) throws -> [UInt8] {
        let host = try self.host.map(render.callAsFunction)
        var bytes: [UInt8] = []
        for item in notification.alerts {
            let labels = item.alert.labels
            let own = host ?? labels["instance"] ?? labels["host"] ?? ""
            bytes += encode(AlertRecord(item, in: notification), host: own, at: notification.createdAt)
        }
        return bytes
    }

    private func encode(_ record: AlertRecord, host: String, at time: Timestamp) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.name("time")
            writer.value(json: SplunkHECEvent.seconds(time).utf8)
            writer.memberUnlessEmpty(
                "host", Truncation.plain(PlainText.line(host), limit: SplunkHECEvent.hostLimit))
            writer.memberUnlessEmpty("source", source)
            writer.memberUnlessEmpty("sourcetype", sourceType)
            writer.memberUnlessEmpty("index", index)
            writer.name("event")
            writer.object { writer in
                for (name, value) in record.members { writer.member(name, value) }
                writer.member("labels", record.labels.map { ($0.name, $0.value) })
                writer.member("annotations", record.annotations.map { ($0.name, $0.value) })
            }
            writer.name("fields")
            writer.object { writer in
                for (name, value) in record.members where SplunkHECEvent.fields.contains(name) {
                    guard case .text(let text) = value else { continue }
                    writer.member(name, Truncation.plain(text, limit: SplunkHECEvent.fieldLimit))
                }
            }
        }
        return writer.bytes
    }

    /// Seconds since 1970 with three decimals.
    private static func seconds(_ time: Timestamp) -> String {
        let fraction = String(1000 + time.milliseconds % 1000).dropFirst()
        return "\(time.milliseconds / 1000).\(fraction)"
    }
}
