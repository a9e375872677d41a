import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// A setting that is chosen by a label which all alerts of a notification share:
/// `channel_by_label: {label: team, values: {db: "#db-oncall"}}`.
struct LabelChoice: Sendable {
    private let label: String
    private let values: [(name: String, value: String)]

    /// Reads the setting, if it is there.
    init?(_ name: String, in reader: MappingReader) {
        guard reader.node(name) != nil else { return nil }
        let section = reader.mapping(name)
        defer { section.finish() }
        guard let label = section.requiredString("label") else { return nil }
        self.label = label
        values = (section.stringMap("values") ?? []).map { ($0.name, $0.value.reveal()) }
        if values.isEmpty {
            section.report("setting_missing", "'values' is missing: what each value of the label stands for")
        }
    }

    /// What the alerts' label stands for, if it does for anything.
    func choose(for notification: Notification) -> String? {
        guard let value = notification.commonLabels[label] else { return nil }
        return values.first { $0.name == value }?.value
    }
}
