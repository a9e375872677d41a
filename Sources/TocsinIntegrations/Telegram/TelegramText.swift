import TocsinAlerts
import TocsinConfiguration
import TocsinTemplates

/// A message as Alertmanager sends it to Telegram: one template, in the markup that is set.
///
/// Source: Alertmanager 0.25, `notify/telegram/telegram.go`.
struct TelegramText: Sendable {
    private enum ParseMode: String, CaseIterable {
        case none = ""
        case markdown = "Markdown"
        case markdown2 = "MarkdownV2"
        case html = "HTML"
    }

    /// The vendor's limit, in characters.
    private static let limit = 4096

    private let mode: ParseMode
    private let message: MessageTemplate

    /// Reads the settings.
    ///
    /// - Returns: `nil` if they do not ask for this form.
    init?(_ context: IntegrationContext) {
        let mode = context.reader.oneOf("parse_mode", ParseMode.self) ?? .html
        guard mode != .html || context.wantsTexts(["message"], of: "telegram") else { return nil }
        self.mode = mode
        message = context.text("message", template: "telegram.default.message", as: mode == .html ? .html : .text)
    }

    /// Writes the text and what goes with it.
    ///
    /// - Parameter isPlain: Whether Telegram could not read the markup, so that there is to be none.
    func write(_ render: MessageRenderer, isPlain: Bool, isNew: Bool, to writer: inout JSONWriter) throws {
        var text = Truncation.scalars(try render(message), limit: TelegramText.limit)
        if mode == .html { text = TelegramText.withoutBrokenEnd(text) }
        if isPlain, mode == .html { text = TelegramMessage.withoutTags(text) }
        writer.member("text", text)
        if !isPlain { writer.memberUnlessEmpty("parse_mode", mode.rawValue) }
        guard isNew else {
            writer.name("link_preview_options")
            writer.object { $0.member("is_disabled", true) }
            return
        }
        writer.member("disable_web_page_preview", "true")
    }

    /// The vendor refuses a whole message for a tag or a character reference that the cut went through.
    private static func withoutBrokenEnd(_ text: String) -> String {
        guard text.hasSuffix("…"), let start = text.lastIndex(where: { $0 == "<" || $0 == "&" }) else { return text }
        let rest = text[start...]
        return rest.contains(rest.first == "<" ? ">" : ";") ? text : text[..<start] + "…"
    }
}
