import TocsinCore

/// Writes alerts in the form of Alertmanager's `POST /api/v2/alerts`.
public enum AlertEncoder {
    /// The body of a request with these alerts; times that are unset are left out.
    public static func encode(_ alerts: [Alert]) -> [UInt8] {
        var writer = JSONWriter()
        writer.array { writer in
            for alert in alerts {
                writer.object { writer in
                    writer.member("labels", alert.labels)
                    writer.member("annotations", alert.annotations)
                    if !alert.startsAt.isUnset { writer.member("startsAt", alert.startsAt.rfc3339Milliseconds) }
                    if !alert.endsAt.isUnset { writer.member("endsAt", alert.endsAt.rfc3339Milliseconds) }
                    writer.member("generatorURL", alert.generatorURL)
                }
            }
        }
        return writer.bytes
    }
}
