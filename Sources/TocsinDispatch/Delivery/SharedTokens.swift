import TocsinCore
import TocsinIntegrations
import TocsinStreams

/// The tokens that all workers share, so that one of them asks a server and the others use what it got.
///
/// Without Redis each asks for itself: a notification that can go is worth more than one request less.
struct SharedTokens: Sendable {
    /// What there is, and what follows.
    enum Finding: Sendable {
        case token(FetchedCredential)
        /// This worker is to ask.
        case ask
        /// Another one asks.
        case wait
    }

    let streams: TenantStreams
    /// Different for each process.
    let asker: String

    /// How long others wait for whoever asks; more than a request takes.
    static let turn = Duration.seconds(15)
    /// How often those who wait look.
    static let pause = Duration.milliseconds(250)

    /// Looks for a token that can be used now.
    ///
    /// - Parameter refused: One that the receiver has not taken.
    func find(_ key: String, of tenant: TenantID, refused: FetchedCredential?, now: Timestamp) async -> Finding {
        do {
            for isRenewal in [false, true] {
                let found = try await streams.credential(
                    key, of: tenant, asker: asker, turn: SharedTokens.turn, isRenewal: isRenewal)
                if let token = found.held.flatMap(FetchedCredential.init(record:)), token != refused,
                    now < token.renewal
                {
                    return .token(token)
                }
                if found.isToAsk { return .ask }
                // A token that will not do has hidden whose turn it is.
                guard !isRenewal, found.held != nil else { return .wait }
            }
            return .wait
        } catch {
            return .ask
        }
    }

    /// Shares a token, or says that there is none and the next may ask.
    func keep(_ token: FetchedCredential?, _ key: String, of tenant: TenantID, now: Timestamp) async {
        let lifetime = token.map { $0.end - now } ?? .zero
        try? await streams.keepCredential(token?.record, for: lifetime, key, of: tenant, asker: asker)
    }
}
