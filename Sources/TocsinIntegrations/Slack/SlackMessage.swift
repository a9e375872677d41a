import TocsinAlerts
import TocsinRouting

/// A message in Slack's Block Kit, inside an attachment for its colour.
///
/// Limits: 150 characters for a header, 3,000 for a section, 50 blocks (<https://docs.slack.dev/reference/block-kit/blocks>).
struct SlackMessage: Sendable {
    private static let shownAlerts = 20

    let username: String?
    let iconEmoji: String?

    func encode(_ notification: Notification, channel: String?) -> [UInt8] {
        let title = MessageText.title(notification)
        var writer = JSONWriter()
        writer.object { writer in
            if let channel { writer.member("channel", channel) }
            if let username { writer.member("username", username) }
            if let iconEmoji { writer.member("icon_emoji", iconEmoji) }
            writer.member("text", Truncation.characters(SlackMessage.escaped(title), limit: 3000))
            writer.name("attachments")
            writer.array { writer in
                writer.object { writer in
                    writer.member("color", SlackMessage.colour(notification))
                    writer.name("blocks")
                    writer.array { writer in writeBlocks(notification, title: title, to: &writer) }
                }
            }
        }
        return writer.bytes
    }

    private func writeBlocks(_ notification: Notification, title: String, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("type", "header")
            writer.name("text")
            writer.object { writer in
                writer.member("type", "plain_text")
                writer.member("text", Truncation.characters(title, limit: 150))
            }
        }
        for item in notification.alerts.prefix(SlackMessage.shownAlerts) {
            section(SlackMessage.text(item, in: notification), to: &writer)
        }
        let more = notification.alerts.count - SlackMessage.shownAlerts + notification.truncatedAlerts
        if more > 0 { section("… and \(more) more", to: &writer) }
    }

    private func section(_ text: String, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("type", "section")
            writer.name("text")
            writer.object { writer in
                writer.member("type", "mrkdwn")
                writer.member("text", Truncation.characters(text, limit: 3000))
            }
        }
    }

    private static func text(_ item: NotifiedAlert, in notification: Notification) -> String {
        let alert = item.alert
        var text = (item.status == .firing ? "*" : "*Resolved:* *") + escaped(MessageText.line(alert)) + "*"
        let labels = MessageText.differing(alert, in: notification)
        if !labels.isEmpty { text += "\n`" + escaped(labels).replacing("`", with: "'") + "`" }
        let links = [("Source", alert.generatorURL), ("Runbook", alert.annotations["runbook_url"] ?? "")]
            .filter { $0.1.hasPrefix("http") && !$0.1.contains { "<>| ".contains($0) } }
            .map { "<\(escaped($0.1))|\($0.0)>" }
        if !links.isEmpty { text += "\n" + links.joined(separator: " · ") }
        return text
    }

    /// Slack's three control characters, <https://docs.slack.dev/messaging/formatting-message-text#escaping>.
    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    private static func colour(_ notification: Notification) -> String {
        guard notification.status == .firing else { return "#2eb886" }
        return switch MessageText.severity(notification) {
        case .critical: "#d63232"
        case .error: "#e8602c"
        case .warning: "#daa038"
        case .info, .none: "#439fe0"
        }
    }
}
