public import TocsinAlerts
import TocsinCore

/// A notification as templates see it: Alertmanager's `template.Data`.
///
/// Source: Alertmanager 0.34, `template/template.go`, and the webhook's JSON for the names in JSON.
public enum NotificationData {
    private typealias Member = TemplateObject.Member

    /// The data of a notification.
    ///
    /// - Parameter routeLabels: The labels that the route gives, with their templates rendered.
    public static func value(of notification: Notification, routeLabels: [(String, String)] = []) -> TemplateValue {
        let members: [Member] = [
            Member(name: "Receiver", key: "receiver", value: .string(GoQuoting.quoteMeta(notification.receiver))),
            Member(name: "Status", key: "status", value: .string(notification.status.rawValue)),
            Member(
                name: "Alerts", key: "alerts",
                value: .list(TemplateList(.alerts, notification.alerts.map(alert)))),
            Member(
                name: "NotificationReason", key: "notification_reason", value: .string(text(of: notification.reason))),
            Member(name: "GroupLabels", key: "groupLabels", value: labels(notification.groupLabels)),
            Member(name: "CommonLabels", key: "commonLabels", value: labels(notification.commonLabels)),
            Member(name: "CommonAnnotations", key: "commonAnnotations", value: labels(notification.commonAnnotations)),
            Member(name: "RouteLabels", key: "routeLabels", value: .map(TemplateMap(labels: routeLabels))),
            Member(name: "ExternalURL", key: "externalURL", value: .string(notification.externalURL)),
        ]
        return .object(TemplateObject(typeName: "*template.Data", members: members))
    }

    private static func alert(_ item: NotifiedAlert) -> TemplateValue {
        let alert = item.alert
        // The end of an alert that still fires is only a guess, which Alertmanager does not show either.
        let end = item.status == .resolved ? TemplateTime(alert.endsAt) : .zero
        return .object(
            TemplateObject(
                typeName: "template.Alert",
                members: [
                    Member(name: "Status", key: "status", value: .string(item.status.rawValue)),
                    Member(name: "Labels", key: "labels", value: labels(alert.labels)),
                    Member(name: "Annotations", key: "annotations", value: labels(alert.annotations)),
                    Member(name: "StartsAt", key: "startsAt", value: .time(TemplateTime(alert.startsAt))),
                    Member(name: "EndsAt", key: "endsAt", value: .time(end)),
                    Member(name: "GeneratorURL", key: "generatorURL", value: .string(alert.generatorURL)),
                    Member(
                        name: "Fingerprint", key: "fingerprint",
                        value: .string(Hexadecimal.encode(alert.fingerprint))),
                ]))
    }

    private static func labels(_ set: LabelSet) -> TemplateValue {
        .map(
            TemplateMap(sortedLabels: set.labels.map { TemplateMap.Entry(name: $0.name, value: .string($0.value)) }))
    }

    private static func text(of reason: NotificationReason) -> String {
        switch reason {
        case .firstNotification: "first notification"
        case .newAlerts: "new alerts added"
        case .allResolved: "all alerts resolved"
        case .someResolved: "some alerts resolved"
        case .repeatInterval: "repeat interval elapsed"
        }
    }
}
