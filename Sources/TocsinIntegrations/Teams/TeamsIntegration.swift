import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Posts cards to a channel of Microsoft Teams, over a workflow's webhook or over an older connector.
///
/// Cards have a form of their own, or that of Alertmanager where one of its texts is set. A workflow does not tell what
/// became of a message, so that what ended is another card.
///
/// Sources: <https://learn.microsoft.com/en-us/connectors/teams/#adaptivecarditemschema>,
/// <https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook>.
struct TeamsIntegration: Integration {
    enum Form: Sendable {
        /// What connectors take: `msteams`.
        case messageCard
        /// What workflows take: `msteamsv2`.
        case adaptiveCard
    }

    private let address: Secret
    private let texts: TeamsTexts?
    private let mentionByLabel: LabelChoice?
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext, form: Form) {
        http = HTTPSettings(context.reader)
        zoneFile = context.zoneFile
        texts = TeamsTexts(context, form: form)
        mentionByLabel = form == .adaptiveCard ? LabelChoice("mention_by_label", in: context.reader) : nil
        guard let address = context.address("webhook_url") else { return nil }
        self.address = address
    }

    func request(for notification: Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest {
        let isFiring = notification.status == .firing
        // Nobody is called for what has ended.
        let mention = isFiring ? mentionByLabel?.choose(for: notification).map(TeamsMention.init) : nil
        let body: [UInt8]
        if let texts {
            let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
            body = try texts.encode(render, isFiring: isFiring, mention: mention)
        } else {
            body = TeamsCard.encode(AlertMessage(notification), mention: mention)
        }
        var request = http.request(to: address, body: body)
        request.paces = [Pace("teams/" + address.reveal(), perSecond: 4, burst: 4)]
        return request
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        // A connector answers 200 also where the channel's server refused.
        if (200..<300).contains(response.status), response.text.contains("HTTP error 429") {
            return .retry(after: RetryAfter.read(response, now: now), reason: .rateLimited)
        }
        return plain(response, now: now, disabling: [401, 403, 404])
    }
}
