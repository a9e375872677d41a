import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Opens and resolves alert groups of Grafana OnCall and Grafana IRM over a formatted webhook.
///
/// All notifications of a group have one `alert_uid`; the state `ok` resolves what they opened.
///
/// Settings: `url` as Grafana shows it, `title`, `message`, `link` and `image_url` as templates. The annotation `image_url`
/// is the image where none is set.
///
/// Sources: <https://grafana.com/docs/oncall/latest/configure/integrations/references/webhook/>; grafana/oncall,
/// `engine/config_integrations/formatted_webhook.py` and `engine/apps/integrations/mixins/ratelimit_mixin.py`.
struct GrafanaOnCallIntegration: Integration {
    private static let titleLimit = 1024
    private static let messageLimit = 20_000
    private static let addressLimit = 2048

    /// It hands texts on to chats, where `<` may start a mention.
    private static let markup = Markup.plain(in: .utf16, breaking: "<")

    private let url: Secret
    private let title: MessageTemplate?
    private let message: MessageTemplate?
    private let link: MessageTemplate?
    private let image: MessageTemplate?
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        func optional(_ name: String) -> MessageTemplate? { reader.has(name) ? context.text(name) : nil }
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        title = optional("title")
        message = optional("message")
        link = optional("link")
        image = optional("image_url")
        guard let url = context.address("url") else { return nil }
        // Without the slash it answers with a redirection, on which the body is lost.
        let text = url.reveal()
        self.url = text.contains("?") || text.hasSuffix("/") ? url : Secret(text + "/")
    }

    func request(for notification: Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        var request = http.request(to: url, body: try encode(notification, render))
        // 300 requests in any five minutes for an integration: 60 at once, and 240 in the course of them.
        request.paces = [Pace("grafana_oncall/" + url.reveal(), perSecond: 0.8, burst: 60)]
        return request
    }

    private func encode(_ notification: Notification, _ render: MessageRenderer) throws -> [UInt8] {
        let alerts = AlertMessage(notification)
        let markup = GrafanaOnCallIntegration.markup
        let title = try self.title.map { PlainText.line(try render($0), orElse: "Alerts") }
        let message = try self.message.map {
            Truncation.plain(
                PlainText.printable(try render($0)), limit: GrafanaOnCallIntegration.messageLimit, in: .utf16)
        }
        let standardLink = alerts.links.first?.url ?? notification.externalURL
        let link = try self.link.map(render.callAsFunction) ?? standardLink
        let image = try self.image.map(render.callAsFunction) ?? alerts.images.first ?? ""
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("alert_uid", notification.groupKeyHash)
            writer.member(
                "title",
                title.map { Truncation.plain($0, limit: GrafanaOnCallIntegration.titleLimit) }
                    ?? markup.line(alerts.titleLine, limit: GrafanaOnCallIntegration.titleLimit))
            writer.member("state", notification.status == .firing ? "alerting" : "ok")
            writer.member(
                "message",
                message ?? markup.text(alerts, limit: GrafanaOnCallIntegration.messageLimit, hasTitle: false))
            // An address that is cut leads nowhere.
            for (name, url) in [("link_to_upstream_details", link), ("image_url", image)]
            where url.utf8.count <= GrafanaOnCallIntegration.addressLimit {
                writer.memberUnlessEmpty(name, url)
            }
        }
        return writer.bytes
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        let outcome = plain(response, now: now, disabling: [401, 403, 404])
        // It does not say for how long; its window is five minutes.
        if case .retry(nil, .rateLimited) = outcome { return .retry(after: .seconds(60), reason: .rateLimited) }
        return outcome
    }
}
