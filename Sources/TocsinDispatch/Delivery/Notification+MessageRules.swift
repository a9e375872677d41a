import TocsinAlerts
import TocsinSealing

extension Notification {
    /// The notification without what its channel must not be told.
    func masked(by policy: MaskingPolicy, key: IndexKey) -> Notification {
        guard !policy.isEmpty else { return self }
        let keys = MaskingKeys(index: key)
        func text(_ text: String, _ place: MaskingPlace, _ name: String) -> String {
            var text = text
            let masked = text.withUTF8 { policy.masked($0, in: place, name: name, keys: keys) }
            return masked.map { String(decoding: $0, as: UTF8.self) } ?? text
        }
        func set(_ labels: LabelSet, _ place: MaskingPlace) -> LabelSet {
            LabelSet(labels.labels.map { ($0.name, text($0.value, place, $0.name)) })
        }
        return Notification(
            id: id, tenant: tenant, receiver: receiver, groupKey: text(groupKey, .labels, "groupKey"),
            groupLabels: set(groupLabels, .labels),
            alerts: alerts.map { notified in
                let alert = notified.alert
                return NotifiedAlert(
                    alert: Alert(
                        labels: set(alert.labels, .labels), annotations: set(alert.annotations, .annotations),
                        startsAt: alert.startsAt, endsAt: alert.endsAt, updatedAt: alert.updatedAt,
                        generatorURL: text(alert.generatorURL, .generatorURL, "generatorURL"), timeout: alert.timeout),
                    status: notified.status)
            }, truncatedAlerts: truncatedAlerts, reason: reason, externalURL: externalURL, createdAt: createdAt,
            sequence: sequence)
    }
}
