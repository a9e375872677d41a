import TocsinCore

/// The body that Alertmanager's webhook receiver posts, version 4, byte for byte.
///
/// Source: <https://prometheus.io/docs/alerting/latest/configuration/#webhook_config>.
public enum WebhookV4 {
    /// Writes a notification.
    ///
    /// - Parameters:
    ///   - maximumAlerts: The most alerts to tell; 0 for all. The rest is counted in `truncatedAlerts`.
    ///   - version: What the body calls itself; others than webhooks take the same body under another version.
    public static func encode(
        _ notification: Notification, maximumAlerts: Int = 0, version: String = "4"
    ) -> [UInt8] {
        let all = notification.alerts
        let told = maximumAlerts > 0 ? notification.telling(Array(all.prefix(maximumAlerts))) : notification
        var writer = JSONWriter(escapesHTML: true)
        writer.object { writer in
            writer.member("receiver", GoQuoting.quoteMeta(told.receiver))
            writer.member("status", told.status.rawValue)
            writer.name("alerts")
            writer.array { writer in
                for item in told.alerts { write(item, to: &writer) }
            }
            writer.member("groupLabels", told.groupLabels)
            writer.member("commonLabels", told.commonLabels)
            writer.member("commonAnnotations", told.commonAnnotations)
            writer.member("externalURL", told.externalURL)
            writer.member("version", version)
            writer.member("groupKey", told.groupKey)
            writer.member("truncatedAlerts", notification.truncatedAlerts + all.count - told.alerts.count)
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private static func write(_ item: NotifiedAlert, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("status", item.status.rawValue)
            writer.member("labels", item.alert.labels)
            writer.member("annotations", item.alert.annotations)
            writer.member("startsAt", item.alert.startsAt.rfc3339)
            // The end of an alert that still fires is only a guess, which Alertmanager does not show either.
            writer.member("endsAt", (item.status == .resolved ? item.alert.endsAt : .unset).rfc3339)
            writer.member("generatorURL", item.alert.generatorURL)
            writer.member("fingerprint", Hexadecimal.encode(item.alert.fingerprint))
        }
    }
}
