import TocsinConfiguration
import TocsinCore

/// How Slack is reached: over an incoming webhook, whose address is the secret, or over the Web API with a token.
enum SlackDoor: Sendable {
    case webhook(Secret)
    case api(url: Secret, token: Secret)

    private static let standard = "https://slack.com/api/chat.postMessage"

    /// Reads the settings.
    init?(_ context: IntegrationContext) {
        let reader = context.reader
        let appAddress = reader.url("app_url")
        // What Alertmanager calls a token of an app is the same thing.
        let token = reader.has("token") ? reader.secret("token") : reader.secretOrFile("app_token")
        guard !reader.has("token"), token == nil else {
            guard let token else { return nil }
            guard reader.has("channel") else {
                reader.report("setting_missing", "'channel' is missing: a token alone does not say where to post")
                return nil
            }
            let standard = appAddress?.reveal() ?? SlackDoor.standard
            guard let url = context.address("api_url", default: standard) else { return nil }
            self = .api(url: url, token: token)
            return
        }
        guard reader.has("webhook_url") || reader.has("api_url") || reader.has("api_url_file") else {
            if !reader.has("app_token_file") {
                reader.report("setting_missing", "'webhook_url', or 'token' and 'channel', is missing")
            }
            return nil
        }
        let address = reader.has("webhook_url") ? reader.url("webhook_url") : context.address("api_url")
        guard let address else { return nil }
        self = .webhook(address)
    }

    var isAPI: Bool { token != nil }

    var token: Secret? {
        if case .api(_, let token) = self { token } else { nil }
    }

    var headers: [DeliveryRequest.Header] {
        let type = DeliveryRequest.Header("Content-Type", Secret("application/json; charset=utf-8"), isSecret: false)
        return [type] + (token.map { [.secret("Authorization", "Bearer " + $0.reveal())] } ?? [])
    }

    /// The address of a method of the Web API; a webhook has but one address.
    ///
    /// The setting names the API, as `https://slack-gov.com/api/`, or, as Alertmanager's does, one of its methods.
    func address(of method: String) -> Secret {
        switch self {
        case .webhook(let url): return url
        case .api(let url, _):
            let text = url.reveal()
            if text.hasSuffix("/") { return Secret(text + method) }
            if text.hasSuffix("/api") { return Secret(text + "/" + method) }
            guard method != "chat.postMessage", let slash = text.lastIndex(of: "/") else { return url }
            return Secret(text[...slash] + method)
        }
    }

    /// One message a second in a channel, which for a webhook is its own.
    func pace(channel: String?) -> Pace {
        switch self {
        case .webhook(let url): Pace("slack/" + url.reveal(), perSecond: 1)
        case .api(_, let token): Pace("slack/\(token.reveal())/\(channel ?? "")", perSecond: 1)
        }
    }
}
