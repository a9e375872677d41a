import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// The content of an event `m.room.message`: plain text, and the same in HTML.
///
/// An event has at most 65,536 bytes with all that servers add, and an edit holds its text twice at worst, so both forms are
/// kept far below that (<https://spec.matrix.org/latest/client-server-api/#size-limits>).
struct MatrixMessage: Sendable {
    private static let bodyLimit = 8000
    private static let htmlLimit = 12_000
    private static let titleLimit = 600

    /// HTML's own five characters.
    private static let html = Markup(
        unit: .bytes, readsPictures: false, lineEnd: "<br>", escape: MatrixMessage.escape,
        emphasise: { "<strong>\($0)</strong>" },
        link: { "<a href=\"\(MatrixMessage.attribute($0.url))\">\($0.title)</a>" })

    private let title: MessageTemplate?
    private let message: MessageTemplate?

    init(_ context: IntegrationContext) {
        title = context.reader.has("title") ? context.text("title") : nil
        message = context.reader.has("message") ? context.text("message") : nil
    }

    /// Writes the content.
    ///
    /// - Parameter mention: The id of a user, or `@room`: who is to be called.
    func encode(
        _ notification: Notification, to target: MessageTarget, mention: String?, _ render: MessageRenderer
    ) throws -> [UInt8] {
        let content = try content(notification, mention: mention, render)
        var writer = JSONWriter()
        writer.object { writer in
            switch target {
            case .room: content.write(to: &writer)
            case .thread(let place):
                content.write(to: &writer)
                MatrixMessage.relate("m.thread", to: place, writer: &writer)
            case .message(let place):
                // Clients that know no edits show this.
                writer.member("msgtype", content.type)
                writer.member("body", "* " + content.title)
                MatrixContent.writeMentions(nil, to: &writer)
                writer.name("m.new_content")
                writer.object { writer in content.write(to: &writer) }
                MatrixMessage.relate("m.replace", to: place, writer: &writer)
            }
        }
        return writer.bytes
    }

    private static func relate(_ type: String, to place: MessagePlace, writer: inout JSONWriter) {
        writer.name("m.relates_to")
        writer.object { writer in
            writer.member("rel_type", type)
            writer.member("event_id", place.id)
            guard type == "m.thread" else { return }
            // Clients that know no threads show a reply.
            writer.member("is_falling_back", true)
            writer.name("m.in_reply_to")
            writer.object { writer in writer.member("event_id", place.id) }
        }
    }

    private func content(_ notification: Notification, mention: String?, _ render: MessageRenderer) throws
        -> MatrixContent
    {
        let alerts = AlertMessage(notification)
        let heading = try title.map { PlainText.line(try render($0), orElse: "Alerts") } ?? alerts.titleLine
        let text = try message.map { PlainText.printable(try render($0)) }
        let plain = Markup.plain(in: .bytes)
        let shown = Truncation.escaped(heading, limit: MatrixMessage.titleLimit, in: .bytes)
        let strong = MatrixMessage.html.emphasise(
            Truncation.escaped(heading, limit: MatrixMessage.titleLimit, in: .bytes, by: MatrixMessage.escape))
        let body =
            text.map { Truncation.escaped($0, limit: MatrixMessage.bodyLimit, in: .bytes) }
            ?? plain.text(alerts, limit: MatrixMessage.bodyLimit, hasTitle: false)
        let html =
            text.map { Truncation.escaped($0, limit: MatrixMessage.htmlLimit, in: .bytes, by: MatrixMessage.escape) }
            ?? MatrixMessage.html.text(alerts, limit: MatrixMessage.htmlLimit, hasTitle: false)
        let isFiring = notification.status == .firing
        let (call, pill) = mention.map { ($0 + " ", MatrixMessage.pill($0) + " ") } ?? ("", "")
        return MatrixContent(
            // A notice rings nobody's phone.
            type: isFiring ? "m.text" : "m.notice", title: shown, body: call + shown + "\n" + body,
            html: pill + strong + "<br>\n" + html, mention: mention)
    }

    /// A link that clients show as a person.
    private static func pill(_ user: String) -> String {
        guard user != "@room" else { return user }
        return "<a href=\"https://matrix.to/#/\(URLEscaping.query(user))\">\(attribute(user))</a>"
    }

    @Sendable private static func escape(_ scalar: Unicode.Scalar) -> String? {
        switch scalar {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\"": "&quot;"
        case "'": "&#39;"
        case "\n": "<br>\n"
        default: nil
        }
    }

    private static func attribute(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars { out += escape(scalar) ?? String(scalar) }
        return out
    }
}

/// What a message says, ready to be written.
struct MatrixContent {
    let type: String
    let title: String
    let body: String
    let html: String
    let mention: String?

    func write(to writer: inout JSONWriter) {
        writer.member("msgtype", type)
        writer.member("body", body)
        writer.member("format", "org.matrix.custom.html")
        writer.member("formatted_body", html)
        MatrixContent.writeMentions(mention, to: &writer)
    }

    /// Who is called: without this servers look for names in the text, which alerts are part of.
    static func writeMentions(_ mention: String?, to writer: inout JSONWriter) {
        writer.name("m.mentions")
        writer.object { writer in
            guard let mention else { return }
            if mention == "@room" {
                writer.member("room", true)
            } else {
                writer.memberUnlessEmpty("user_ids", [mention])
            }
        }
    }
}
