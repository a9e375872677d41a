import TocsinConfiguration
import TocsinCore

/// How Mattermost is reached: over an incoming webhook, whose address is the secret, or over the REST API with a token.
enum MattermostDoor: Sendable {
    case webhook(Secret)
    case api(server: Secret, token: Secret)

    /// Reads the settings.
    init?(_ context: IntegrationContext) {
        let reader = context.reader
        guard reader.has("server_url") || reader.has("token") || reader.has("token_file") else {
            guard let address = context.address("webhook_url") else { return nil }
            self = .webhook(address)
            return
        }
        for name in ["webhook_url", "webhook_url_file"] where reader.has(name) {
            _ = reader.node(name)
            reader.report("setting_conflict", "'\(name)' and 'token' exclude each other", name: name)
        }
        let (server, token) = (context.address("server_url"), context.secret("token"))
        guard let server, let token else { return nil }
        self = .api(server: server, token: token)
    }

    var isAPI: Bool { token != nil }

    var token: Secret? {
        if case .api(_, let token) = self { token } else { nil }
    }

    /// The request's method and address.
    func address(of target: MessageTarget) -> (method: String, url: Secret) {
        switch self {
        case .webhook(let url): return ("POST", url)
        case .api(let server, _):
            guard case .message(let place) = target else {
                return ("POST", URLEscaping.append("api/v4/posts", to: server))
            }
            return ("PUT", URLEscaping.append(segments: ["api", "v4", "posts", place.id, "patch"], to: server))
        }
    }

    /// The server's own limit for one user, where it has any; a webhook is its own.
    var pace: Pace {
        let subject =
            switch self {
            case .webhook(let url): url.reveal()
            case .api(let server, let token): server.reveal() + "/" + token.reveal()
            }
        return Pace("mattermost/" + subject, perSecond: 10, burst: 10)
    }
}
