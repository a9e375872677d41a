import TocsinConfiguration
import TocsinCore

/// How Rocket.Chat is reached: over an incoming webhook, whose address is the secret, or over the REST API with a token
/// and the id of the user that it belongs to.
enum RocketChatDoor: Sendable {
    case webhook(Secret)
    case api(server: Secret, token: Secret, user: Secret)

    /// Reads the settings.
    init?(_ context: IntegrationContext) {
        let reader = context.reader
        if reader.has("webhook_url") || reader.has("webhook_url_file") {
            guard let address = context.address("webhook_url") else { return nil }
            self = .webhook(address)
            return
        }
        let address = context.address("api_url", default: "https://open.rocket.chat/")
        let (token, user) = (context.secret("token"), context.secret("token_id"))
        guard let address, let token, let user else { return nil }
        self = .api(server: address, token: token, user: user)
    }

    var isAPI: Bool {
        if case .api = self { true } else { false }
    }

    /// The vendor takes a token only together with its user.
    var headers: [DeliveryRequest.Header] {
        guard case .api(_, let token, let user) = self else { return [] }
        return [.secret("X-Auth-Token", token.reveal()), .secret("X-User-Id", user.reveal())]
    }

    func address(of target: MessageTarget) -> Secret {
        switch self {
        case .webhook(let url): return url
        case .api(let server, _, _):
            let isUpdate = if case .message = target { true } else { false }
            return URLEscaping.append(isUpdate ? "api/v1/chat.update" : "api/v1/chat.postMessage", to: server)
        }
    }

    /// Keeps a storm from flooding a server; its own limit, which its administrator sets, is told by its answers.
    var pace: Pace {
        let subject =
            switch self {
            case .webhook(let url): url.reveal()
            case .api(let server, _, let user): server.reveal() + "/" + user.reveal()
            }
        return Pace("rocketchat/" + subject, perSecond: 1, burst: 10)
    }
}
