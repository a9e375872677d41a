import TocsinAlerts

/// A message in Slack's Block Kit, inside an attachment for its colour.
///
/// What alerts say stands in texts of the type `plain_text`, which know no bold or italic; only links are `mrkdwn`.
///
/// Limits: 150 characters for a header, 3,000 for a section and for an element of a context, 50 blocks
/// (<https://docs.slack.dev/reference/block-kit/blocks>).
struct SlackMessage: Sendable {
    /// Slack refuses blocks that are too long together; so much text nobody reads either.
    private static let allText = 10_000
    private static let lineLimit = 1000

    let username: String?
    let iconEmoji: String?

    /// - Parameter mention: Who is to be called, in Slack's own form.
    func encode(_ message: AlertMessage, to target: SlackTarget, mention: String?) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            target.write(to: &writer)
            if target.isNew {
                writer.memberUnlessEmpty("username", username ?? "")
                writer.memberUnlessEmpty("icon_emoji", iconEmoji ?? "")
            }
            writer.memberUnlessEmpty("text", mention ?? "")
            writer.name("attachments")
            writer.array { writer in
                writer.object { writer in
                    writer.member("color", message.colourText)
                    writer.member("fallback", SlackMessage.escaped(message.titleLine, limit: 150))
                    writer.name("blocks")
                    writer.array { writer in writeBlocks(message, to: &writer) }
                }
            }
        }
        return writer.bytes
    }

    private func writeBlocks(_ message: AlertMessage, to writer: inout JSONWriter) {
        block("header", "text", SlackMessage.escaped(message.titleLine, limit: 150), to: &writer)
        context(message.factLine, message.links, to: &writer)
        let limit = min(3000, SlackMessage.allText / max(1, message.items.count))
        for item in message.items {
            let text = [item.headline, PlainText.printable(item.detail ?? "")].filter { !$0.isEmpty }
            block("section", "text", SlackMessage.escaped(text.joined(separator: "\n"), limit: limit), to: &writer)
            context(PlainText.line(item.labels), item.links, to: &writer)
        }
        if let line = message.omittedLine() { context(line, [], to: &writer) }
    }

    private func block(_ type: String, _ name: String, _ text: String, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("type", type)
            writer.name(name)
            plain(text, to: &writer)
        }
    }

    private func plain(_ text: String, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("type", "plain_text")
            writer.member("text", text)
            // Otherwise `:fire:` in an alert would be a picture.
            writer.member("emoji", false)
        }
    }

    private func context(_ text: String, _ links: [AlertMessage.Link], to writer: inout JSONWriter) {
        let links = links.map { "<\(SlackMessage.escaped($0.url, limit: .max))|\($0.title)>" }.filter {
            $0.utf8.count <= 2900
        }
        guard !text.isEmpty || !links.isEmpty else { return }
        writer.object { writer in
            writer.member("type", "context")
            writer.name("elements")
            writer.array { writer in
                if !text.isEmpty { plain(SlackMessage.escaped(text, limit: SlackMessage.lineLimit), to: &writer) }
                for link in links {
                    writer.object { writer in
                        writer.member("type", "mrkdwn")
                        writer.member("text", link)
                    }
                }
            }
        }
    }

    /// Slack's three control characters, which count as what stands for them and mean something in plain texts too
    /// (<https://docs.slack.dev/messaging/formatting-message-text#escaping>).
    private static func escaped(_ text: String, limit: Int) -> String {
        Truncation.escaped(text, limit: limit) { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            default: nil
            }
        }
    }
}
