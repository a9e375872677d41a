import TocsinAlerts

/// The texts of a message as Alertmanager sends it to Discord: one embed, all of whose texts are templates.
///
/// Source: Alertmanager 0.25, `notify/discord/discord.go`, and 0.34 for the limits and `content`.
struct DiscordTexts: Sendable {
    private static let red = 0x992D22
    private static let green = 0x2ECC71
    // The vendor's limits, in characters; it refuses a message that is longer.
    private static let titleLimit = 256
    private static let descriptionLimit = 4096
    private static let contentLimit = 2000

    private let title: MessageTemplate
    private let message: MessageTemplate
    private let content: MessageTemplate

    /// Whether the settings ask for this form.
    static func areWanted(_ context: IntegrationContext) -> Bool {
        context.wantsTexts(["title", "message", "content"], of: "discord")
    }

    init(_ context: IntegrationContext) {
        title = context.text("title", template: "discord.default.title")
        message = context.text("message", template: "discord.default.message")
        content = context.text("content")
    }

    /// Writes the members `content` and `embeds`.
    ///
    /// - Parameter mention: Who is called; stands before the content.
    func write(
        _ render: MessageRenderer, isFiring: Bool, mention: String?, to writer: inout JSONWriter
    ) throws {
        let words = [mention ?? "", try render(content)].filter { !$0.isEmpty }.joined(separator: " ")
        writer.member("content", Truncation.scalars(words, limit: DiscordTexts.contentLimit))
        writer.name("embeds")
        try writer.array { writer in
            try writer.object { writer in
                writer.member("title", Truncation.scalars(try render(title), limit: DiscordTexts.titleLimit))
                writer.member(
                    "description", Truncation.scalars(try render(message), limit: DiscordTexts.descriptionLimit))
                writer.member("color", isFiring ? DiscordTexts.red : DiscordTexts.green)
            }
        }
    }
}
