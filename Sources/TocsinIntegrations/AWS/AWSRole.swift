import TocsinCore

/// A role that is taken on for some time.
struct AWSRole: Sendable, Hashable {
    let arn: String
    /// What the session is called in AWS' own logs.
    let session: String
    /// What the role's owner wants to hear besides.
    var externalID: String?

    /// All that it is made of.
    var parts: [String] { [arn, session, externalID ?? ""] }

    /// The request for the role's keys, not signed yet.
    func request(_ action: String, to sts: String, _ more: [(String, String)]) -> DeliveryRequest {
        let members = [
            ("Action", action), ("Version", "2011-06-15"), ("RoleArn", arn), ("RoleSessionName", session),
        ]
        var request = DeliveryRequest(
            url: Secret(sts),
            headers: [
                .init("Content-Type", Secret("application/x-www-form-urlencoded; charset=utf-8"), isSecret: false),
                .init("User-Agent", Secret("Tocsin"), isSecret: false),
            ], body: Array(URLEscaping.form(members + more).utf8))
        request.client.followsRedirects = false
        return request
    }
}

/// A token that others renew: known, or in a file that is read for each use.
enum AWSToken: Sendable, Hashable {
    case known(Secret)
    case file(String)

    /// All that it is made of.
    var parts: [String] {
        switch self {
        case .known(let token): ["known", token.reveal()]
        case .file(let path): ["file", path]
        }
    }

    /// The token; `nil` if its file cannot be read.
    func text(_ fetching: CredentialFetching) -> String? {
        switch self {
        case .known(let token): token.reveal()
        case .file(let path): fetching.file(path)
        }
    }
}
