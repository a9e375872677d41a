import Foundation
import TocsinAlerts
import TocsinCore
import TocsinRouting

/// Log records in the form of OpenTelemetry's protocol over HTTP, in JSON.
///
/// Sources: <https://opentelemetry.io/docs/specs/otlp/#otlphttp>, `opentelemetry/proto/logs/v1/logs.proto`.
enum OTLPLogs {
    /// Writes one record for each alert.
    static func encode(_ notification: TocsinAlerts.Notification, now: Timestamp) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.name("resourceLogs")
            writer.array { writer in
                writer.object { writer in
                    writer.name("resource")
                    writer.object { write([("service.name", .text("tocsin"))], to: &$0) }
                    writer.name("scopeLogs")
                    writer.array { writer in
                        writer.object { writer in
                            writer.name("scope")
                            writer.object { $0.member("name", "tocsin") }
                            writer.name("logRecords")
                            writer.array { writer in
                                for item in notification.alerts { write(item, in: notification, now, to: &writer) }
                            }
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    private static func write(
        _ item: NotifiedAlert, in notification: TocsinAlerts.Notification, _ now: Timestamp,
        to writer: inout JSONWriter
    ) {
        let record = AlertRecord(item, in: notification)
        let log = SeverityMapping.row(Severity(of: item.alert.labels), item.status).log
        writer.object { writer in
            // Numbers of 64 bits are texts in JSON.
            writer.member("timeUnixNano", "\(notification.createdAt.milliseconds)000000")
            writer.member("observedTimeUnixNano", "\(now.milliseconds)000000")
            writer.member("severityNumber", log.number)
            writer.member("severityText", log.text)
            writer.name("body")
            writer.object { writer in
                let text = item.status.rawValue + ": " + MessageText.line(item.alert)
                writer.member("stringValue", Truncation.plain(text, limit: 4095, in: .bytes))
            }
            write(record.flat, to: &writer)
        }
    }

    private static func write(_ attributes: [(name: String, value: AlertRecord.Value)], to writer: inout JSONWriter) {
        writer.name("attributes")
        writer.array { writer in
            for (name, value) in attributes {
                writer.object { writer in
                    writer.member("key", name)
                    writer.name("value")
                    writer.object { writer in
                        switch value {
                        case .text(let text): writer.member("stringValue", text)
                        case .number(let number): writer.member("intValue", String(number))
                        }
                    }
                }
            }
        }
    }

    private struct Answer: Decodable {
        struct PartialSuccess: Decodable {
            let rejectedLogRecords: String?
        }

        let partialSuccess: PartialSuccess?
    }

    /// Records that were refused among others must not be sent again, the protocol says.
    static func outcome(_ response: DeliveryResponse) -> DeliveryOutcome {
        let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body))
        let refused = answer?.partialSuccess?.rejectedLogRecords.flatMap(Int.init) ?? 0
        return refused > 0 ? .reject(reason: .vendorRefused) : .delivered(vendorID: nil)
    }
}
