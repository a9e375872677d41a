import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Which issue is a group's, and what is done with it when the group starts and stops firing.
///
/// The settings and their meaning are Alertmanager's: 0.31, `notify/jira/jira.go`.
struct JiraRules: Sendable {
    private let wontFixResolution: String
    private let reopenTransition: String
    private let resolveTransition: String
    private let reopenDuration: Duration

    init(_ reader: MappingReader) {
        wontFixResolution = reader.string("wont_fix_resolution") ?? ""
        reopenTransition = reader.string("reopen_transition") ?? ""
        resolveTransition = reader.string("resolve_transition") ?? ""
        reopenDuration = reader.duration("reopen_duration", in: .zero ... .seconds(10 * 366 * 86_400)) ?? .zero
        if !reopenTransition.isEmpty, reopenDuration == .zero {
            reader.report(
                "setting_ignored", "'reopen_transition' has no effect without 'reopen_duration'",
                name: "reopen_transition", severity: .warning)
        }
    }

    /// Whether an issue that is over may be opened again.
    var reopens: Bool { !reopenTransition.isEmpty && reopenMinutes > 0 }

    private var reopenMinutes: Int64 { reopenDuration.milliseconds / 60_000 }

    /// The name of the transition for a group of this status; empty for any that ends the issue.
    func transition(for status: AlertStatus) -> String { status == .firing ? reopenTransition : resolveTransition }

    /// Asks for the issues with a label that ``accepts(_:status:now:)`` would accept, those not over first.
    func query(label: String, project: String, status: AlertStatus) -> String {
        let resolution = wontFixResolution.isEmpty ? "" : "resolution != \(quote(wontFixResolution)) and "
        let state =
            status == .firing && reopens
            ? "(resolutiondate is EMPTY OR resolutiondate >= -\(reopenMinutes)m) and " : "statusCategory != Done and "
        return resolution + state
            + "project=\(quote(project)) and labels=\(quote(label)) order by status ASC,resolutiondate DESC"
    }

    /// Whether an issue that is known is still the group's.
    func accepts(_ issue: JiraIssue, status: AlertStatus, now: Timestamp) -> Bool {
        if !wontFixResolution.isEmpty, issue.resolution == wontFixResolution { return false }
        guard issue.isDone else { return true }
        guard status == .firing, reopens else { return false }
        return issue.resolvedAt.map { now - $0 <= reopenDuration } ?? true
    }

    private func quote(_ text: String) -> String {
        let line = PlainText.line(text)
        return "\"" + line.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
