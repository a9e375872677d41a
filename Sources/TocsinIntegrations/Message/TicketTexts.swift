import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinTemplates

/// The texts of a ticket: those that are built in, or those of the templates `title` and `message`.
struct TicketTexts: Sendable {
    private let title: MessageTemplate?
    private let message: MessageTemplate?

    init(_ context: IntegrationContext) {
        title = context.reader.has("title") ? context.text("title") : nil
        message = context.reader.has("message") ? context.text("message") : nil
    }

    /// The title in one line.
    ///
    /// - Parameter limit: The most Unicode scalars.
    func title(_ notification: Notification, _ render: MessageRenderer, limit: Int) throws -> String {
        let text = try title.map { PlainText.line(try render($0)) } ?? MessageText.title(notification)
        return Truncation.characters(PlainText.line(text, orElse: "Alerts"), limit: limit)
    }

    /// What the template says; `nil` where there is none.
    func message(_ render: MessageRenderer) throws -> String? {
        try message.map { PlainText.printable(try render($0), orElse: "Alerts") }
    }

    /// The body as plain text.
    ///
    /// - Parameter limit: The most Unicode scalars.
    func body(_ notification: Notification, _ render: MessageRenderer, limit: Int) throws -> String {
        if let text = try message(render) { return Truncation.characters(text, limit: limit) }
        return AlertMessage(notification, limit: 50).ticketText(limit: limit)
    }

    /// A note as plain text: the title, and what the body says now.
    func note(_ notification: Notification, _ render: MessageRenderer, limit: Int) throws -> String {
        let title = try title(notification, render, limit: 255)
        let room = limit - title.unicodeScalars.count - 1
        return title + "\n" + (try body(notification, render, limit: room))
    }
}

extension AlertMessage {
    /// The alerts as plain text, as many as there is room for.
    ///
    /// - Parameter limit: The most Unicode scalars.
    func ticketText(limit: Int) -> String {
        var text = BoundedText(limit: limit, in: .scalars)
        text.add(self, headline: \.ticketLine, details: \.ticketDetails)
        text.add(Truncation.characters(factLine, limit: 1000))
        for link in links { text.add("\(link.title): \(link.url)") }
        return text.text
    }
}

extension AlertMessage.Item {
    /// Its state in a word, with what it says: some vendors' fields take no signs.
    var ticketLine: String {
        let word = status == .firing ? "Firing: " : "Resolved: "
        return word + Truncation.characters(PlainText.line(text, orElse: "Alert"), limit: 500)
    }

    /// What there is to know of it besides, but for its links.
    var ticketFacts: [String] {
        [detail.map { PlainText.printable($0) } ?? "", PlainText.line(labels)]
            .map { Truncation.characters($0, limit: 1000) }.filter { !$0.isEmpty }
    }

    fileprivate var ticketDetails: [String] { ticketFacts + links.map { "\($0.title): \($0.url)" } }
}
