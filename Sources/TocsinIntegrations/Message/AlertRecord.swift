import TocsinAlerts
import TocsinCore
import TocsinRouting

/// What stores of events are told of one alert: names and values, of bounded size.
///
/// However long labels and annotations are, a record has at most 215 attributes and takes well below a megabyte as JSON,
/// so that each alert finds its place and a notification can be divided until its parts do.
struct AlertRecord: Sendable {
    /// A value.
    enum Value: Sendable {
        case text(String)
        case number(Int64)
    }

    // New Relic takes names of 255 bytes and texts of 4,095 in each of its two interfaces; the others take more.
    private static let nameLimit = 230
    private static let textLimit = 4095
    private static let maximumLabels = 100
    private static let sumLimit = 32_768

    /// Which alert it is, of which group, and how it is.
    let members: [(name: String, value: Value)]
    /// The labels, each name once.
    let labels: [(name: String, value: String)]
    /// The annotations, each name once.
    let annotations: [(name: String, value: String)]

    /// Makes the record.
    init(_ item: NotifiedAlert, in notification: Notification) {
        let alert = item.alert
        func text(_ text: String) -> Value { .text(AlertRecord.cut(text)) }
        var members: [(name: String, value: Value)] = [
            ("status", text(item.status.rawValue)), ("severity", text(Severity(of: alert.labels).word)),
            ("alertname", text(alert.labels["alertname"] ?? "Alert")), ("summary", text(MessageText.line(alert))),
            ("fingerprint", text(Hexadecimal.encode(alert.fingerprint))), ("group", text(notification.groupKeyHash)),
            ("tenant", text(notification.tenant.name)), ("receiver", text(notification.receiver)),
            ("notification", text(notification.id.text)), ("reason", text(notification.reason.rawValue)),
            ("startsAt", .number(alert.startsAt.milliseconds)),
        ]
        if item.status == .resolved { members.append(("endsAt", .number(alert.endsAt.milliseconds))) }
        if !alert.generatorURL.isEmpty { members.append(("generatorURL", text(alert.generatorURL))) }
        self.members = members
        var room = AlertRecord.sumLimit
        labels = AlertRecord.bounded(alert.labels, room: &room)
        annotations = AlertRecord.bounded(alert.annotations, room: &room)
    }

    private static func cut(_ text: String) -> String { Truncation.plain(text, limit: textLimit, in: .bytes) }

    private static func bounded(_ labels: LabelSet, room: inout Int) -> [(name: String, value: String)] {
        var out: [(name: String, value: String)] = []
        var names: Set<String> = []
        for label in labels.labels.prefix(maximumLabels) {
            let name = Truncation.plain(label.name, limit: nameLimit, in: .bytes)
            let value = cut(label.value)
            guard room >= name.utf8.count + value.utf8.count, names.insert(name).inserted else { continue }
            room -= name.utf8.count + value.utf8.count
            out.append((name, value))
        }
        return out
    }

    /// All of it side by side, labels as `label.NAME` and annotations as `annotation.NAME`.
    var flat: [(name: String, value: Value)] {
        members + labels.map { ("label." + $0.name, .text($0.value)) }
            + annotations.map { ("annotation." + $0.name, .text($0.value)) }
    }
}

extension JSONWriter {
    /// Writes a member of a record.
    mutating func member(_ name: String, _ value: AlertRecord.Value) {
        switch value {
        case .text(let text): member(name, text)
        case .number(let number): member(name, number)
        }
    }
}
