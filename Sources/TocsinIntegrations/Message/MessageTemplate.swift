import TocsinAlerts
import TocsinCore
import TocsinTemplates

/// A text of a receiver's settings, read once and rendered for every notification.
struct MessageTemplate: Sendable {
    private enum Content: Sendable {
        case text(String)
        case template(CompiledTemplate)
    }

    private let content: Content

    /// A text without a template in it.
    init(_ text: String) { content = .text(text) }

    /// Reads a text that may use the tenant's templates.
    ///
    /// - Parameter name: What errors call it.
    /// - Throws: `TemplateError` if it cannot be read.
    init(
        _ text: String, as form: TemplateSet.Form = .text, name: String, templates: TemplateSet
    ) throws(TemplateError) {
        // Most settings are plain words, which need not be rendered each time.
        content = text.contains("{{") ? .template(try templates.compile(text, as: form, name: name)) : .text(text)
    }

    /// Whether it can never be anything but nothing.
    var isEmpty: Bool {
        if case .text(let text) = content { return text.isEmpty }
        return false
    }

    fileprivate func render(
        _ data: @autoclosure () -> TemplateValue, in environment: TemplateEnvironment
    ) throws(TemplateError) -> String {
        switch content {
        case .text(let text): text
        case .template(let template): try template.render(data(), in: environment)
        }
    }
}

/// Finds the bytes of a time zone's file by the zone's name.
public typealias ZoneFile = @Sendable (String) -> [UInt8]?

/// Renders the texts of one notification.
///
/// Not sendable: made, used and dropped by one caller.
final class MessageRenderer {
    private let notification: Notification
    private let environment: TemplateEnvironment
    /// Made only where there is a template: most webhooks have none, and there are many of them.
    private lazy var data = NotificationData.value(of: notification)

    init(_ notification: Notification, now: Timestamp, zoneFile: @escaping ZoneFile) {
        self.notification = notification
        environment = TemplateEnvironment(now: now, zoneFile: zoneFile)
    }

    /// The text for this notification.
    ///
    /// - Throws: `TemplateError`, which names the place in the template and holds nothing of the alerts.
    func callAsFunction(_ template: MessageTemplate) throws(TemplateError) -> String {
        try template.render(data, in: environment)
    }

    /// Texts by name, each rendered.
    func callAsFunction(_ members: [(name: String, text: MessageTemplate)]) throws(TemplateError) -> [(String, String)]
    {
        var rendered: [(String, String)] = []
        for member in members { rendered.append((member.name, try self(member.text))) }
        return rendered
    }
}
