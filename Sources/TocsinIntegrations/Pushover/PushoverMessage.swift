import Crypto
import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinRouting
import TocsinTemplates

/// What a message to Pushover says: in a form of its own, or in Alertmanager's where one of its texts is set.
///
/// Limits: 1,024 characters, 250 for the title, 512 for an address, 100 for its title
/// (<https://pushover.net/api#limits>, `#urls`).
struct PushoverMessage: Sendable {
    private struct Texts: Sendable {
        let title: MessageTemplate
        let message: MessageTemplate
        let link: MessageTemplate
        let others: [(name: String, text: MessageTemplate)]
    }

    private static let titleLimit = 250
    private static let messageLimit = 1024
    private static let addressLimit = 512
    private static let linkTitleLimit = 100

    /// The settings that ask for Alertmanager's form.
    private static let names = [
        "title", "message", "url", "url_title", "priority", "sound", "html", "monospace",
    ]

    private let texts: Texts?
    private let device: MessageTemplate
    private let alarm: [(String, String)]
    private let fixed: [(String, String)]

    init(_ context: IntegrationContext) {
        let reader = context.reader
        let isHTML = reader.bool("html") ?? false
        let isMonospaced = reader.bool("monospace") ?? false
        func seconds(_ name: String, _ standard: Int64) -> Int64 {
            reader.duration(name, in: .zero...(.seconds(365 * 86_400))).map { $0.milliseconds / 1000 } ?? standard
        }
        // The vendor refuses to ring more often, and for longer.
        alarm = [
            ("retry", String(max(30, seconds("retry", 60)))),
            ("expire", String(min(10_800, max(1, seconds("expire", 3600))))),
        ]
        let life = seconds("ttl", 0)
        fixed =
            (isHTML ? [("html", "1")] : []) + (isMonospaced ? [("monospace", "1")] : [])
            + (life > 0 ? [("ttl", String(life))] : [])
        device = context.text("device")
        guard context.wantsTexts(PushoverMessage.names, of: "pushover") else {
            texts = nil
            return
        }
        let form: TemplateSet.Form = isHTML ? .html : .text
        texts = Texts(
            title: context.text("title", template: "pushover.default.title"),
            message: context.text("message", template: "pushover.default.message", as: form),
            link: context.text("url", template: "pushover.default.url"),
            others: [
                ("url_title", context.text("url_title")),
                (
                    "priority",
                    context.text("priority", default: "{{ if eq .Status \"firing\" }}2{{ else }}0{{ end }}")
                ),
                ("sound", context.text("sound")),
            ])
    }

    /// The members of the form, but for the credentials.
    func members(_ notification: TocsinAlerts.Notification, _ render: MessageRenderer) throws -> [(String, String)] {
        let own = try texts.map { try members($0, render) } ?? native(notification)
        return fixed + own + (try render([("device", device)]).filter { !$0.1.isEmpty })
    }

    /// What all alarms of a group for a receiver can be called off by, though an answer with a receipt was lost; `nil` in
    /// Alertmanager's form, which has none.
    func tag(_ notification: TocsinAlerts.Notification) -> String? {
        guard texts == nil else { return nil }
        // Others may send with the same token.
        let name = "\(notification.tenant)\n\(notification.receiver)\n\(notification.groupKey)"
        return "tocsin-" + Hexadecimal.encode(SHA256.hash(data: Array(name.utf8))).prefix(32)
    }

    private func members(_ texts: Texts, _ render: MessageRenderer) throws -> [(String, String)] {
        let message = Truncation.scalars(try render(texts.message), limit: PushoverMessage.messageLimit)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        return alarm + [
            ("title", Truncation.scalars(try render(texts.title), limit: PushoverMessage.titleLimit)),
            // The vendor refuses a message without words.
            ("message", message.isEmpty ? "(no details)" : message),
            ("url", Truncation.scalars(try render(texts.link), limit: PushoverMessage.addressLimit)),
        ] + (try render(texts.others))
    }

    private func native(_ notification: TocsinAlerts.Notification) -> [(String, String)] {
        let message = AlertMessage(notification)
        let text = Markup.plain(in: .scalars).text(message, limit: PushoverMessage.messageLimit, hasTitle: false)
        var members = [
            ("title", Truncation.escaped(message.titleLine, limit: PushoverMessage.titleLimit)),
            ("message", text), ("priority", String(PushoverMessage.priority(of: message))),
        ]
        if PushoverMessage.priority(of: message) == 2 {
            members += alarm + (tag(notification).map { [("tags", $0)] } ?? [])
        }
        // An address that is cut leads nowhere.
        if let link = message.links.first, link.url.unicodeScalars.count <= PushoverMessage.addressLimit {
            members.append(("url", link.url))
            members.append(("url_title", Truncation.escaped(link.title, limit: PushoverMessage.linkTitleLimit)))
        }
        return members
    }

    /// 2 rings until somebody answers, 1 rings in quiet hours too, -1 does not ring.
    private static func priority(of message: AlertMessage) -> Int {
        SeverityMapping.row(message.severity, message.status).pushover
    }
}
