import TocsinAlerts
import TocsinCore

/// Writes an alert as the API v2 shows it.
enum AlertJSON {
    /// Writes one.
    ///
    /// - Parameter mutedBy: The time intervals that mute its group.
    static func write(
        _ alert: Alert, receivers: [String], standing: AlertStanding, mutedBy: [String], to writer: inout JSONWriter
    ) {
        writer.object { writer in
            writer.member("annotations", alert.annotations)
            writer.member("endsAt", alert.endsAt.rfc3339Milliseconds)
            writer.member("fingerprint", Hexadecimal.encode(alert.fingerprint))
            writer.name("receivers")
            writer.array { writer in
                for name in receivers { writer.object { $0.member("name", name) } }
            }
            writer.member("startsAt", alert.startsAt.rfc3339Milliseconds)
            writer.name("status")
            writer.object { writer in
                writer.member("inhibitedBy", standing.inhibitedBy.map { Hexadecimal.encode($0) })
                writer.member("mutedBy", mutedBy)
                writer.member("silencedBy", standing.silencedBy)
                writer.member("state", standing.isActive && mutedBy.isEmpty ? "active" : "suppressed")
            }
            writer.member("updatedAt", alert.updatedAt.rfc3339Milliseconds)
            if !alert.generatorURL.isEmpty { writer.member("generatorURL", alert.generatorURL) }
            writer.member("labels", alert.labels)
        }
    }
}

extension JSONWriter {
    /// Writes a member that is a list of texts.
    mutating func member(_ name: String, _ texts: [String]) {
        self.name(name)
        array { writer in
            for text in texts { writer.value(text) }
        }
    }
}
