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
    ///   - longestText: The most bytes of a value; longer ones are cut, which Alertmanager never does.
    public static func encode(
        _ notification: Notification, maximumAlerts: Int = 0, version: String = "4", longestText: Int = .max
    ) -> [UInt8] {
        let all = notification.alerts
        let told = maximumAlerts > 0 ? notification.telling(Array(all.prefix(maximumAlerts))) : notification
        var writer = JSONWriter(escapesHTML: true)
        writer.object { writer in
            writer.member("receiver", GoQuoting.quoteMeta(told.receiver))
            writer.member("status", told.status.rawValue)
            writer.name("alerts")
            writer.array { writer in
                for item in told.alerts {
                    writer.object { writer in write(item, longestText: longestText, to: &writer) }
                }
            }
            writer.member("groupLabels", cut(told.groupLabels, longestText))
            writer.member("commonLabels", cut(told.commonLabels, longestText))
            writer.member("commonAnnotations", cut(told.commonAnnotations, longestText))
            writer.member("externalURL", told.externalURL)
            writer.member("version", version)
            writer.member("groupKey", cut(told.groupKey, longestText))
            writer.member("truncatedAlerts", notification.truncatedAlerts + all.count - told.alerts.count)
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// Writes the members of an alert into an object that was begun.
    ///
    /// - Parameter longestText: The most bytes of a value.
    public static func write(_ item: NotifiedAlert, longestText: Int = .max, to writer: inout JSONWriter) {
        writer.member("status", item.status.rawValue)
        writer.member("labels", cut(item.alert.labels, longestText))
        writer.member("annotations", cut(item.alert.annotations, longestText))
        writer.member("startsAt", item.alert.startsAt.rfc3339)
        // The end of an alert that still fires is only a guess, which Alertmanager does not show either.
        writer.member("endsAt", (item.status == .resolved ? item.alert.endsAt : .unset).rfc3339)
        writer.member("generatorURL", cut(item.alert.generatorURL, longestText))
        writer.member("fingerprint", Hexadecimal.encode(item.alert.fingerprint))
    }

    private static func cut(_ labels: LabelSet, _ limit: Int) -> LabelSet {
        guard limit < .max else { return labels }
        return LabelSet(labels.labels.map { ($0.name, cut($0.value, limit)) })
    }

    private static func cut(_ text: String, _ limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: limit)
        while end.samePosition(in: text) == nil { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }
}
