import Synchronization
public import TocsinCore
public import TocsinIdentity

/// Those whose JSON Web Tokens are believed, with the keys that they have now.
public final class TrustedIssuers: Sendable {
    private let verification: Mutex<JWTVerification>
    private let cache = JWTCache()
    private let sources: Mutex<[String: PublishedKeys]>

    /// Nobody, or those whose keys do not change.
    public convenience init(_ issuers: [JWTIssuer] = []) { self.init(issuers, published: []) }

    /// - Parameters:
    ///   - issuers: Who is believed; those who publish their keys have none yet.
    ///   - published: Where the others' keys are found.
    public init(_ issuers: [JWTIssuer], published: [PublishedKeys]) {
        verification = Mutex(JWTVerification(issuers: issuers))
        sources = Mutex(Dictionary(published.map { ($0.issuer, $0) }, uniquingKeysWith: { $1 }))
    }

    /// Believes others from now on.
    public func update(_ new: TrustedIssuers) {
        let (verification, sources) = (new.verification.withLock { $0 }, new.sources.withLock { $0 })
        self.verification.withLock { $0 = verification }
        self.sources.withLock { $0 = sources }
        cache.clear()
    }

    /// Whether a token is good, as ``verdict(_:now:)`` says it, for a command.
    ///
    /// - Throws: A ``CodedError`` if the issuer cannot be asked for its keys.
    public func judge(_ text: String, now: Timestamp) async throws -> TokenVerdict {
        try await verdict(text, now: now)
    }

    /// Whether a text that is no API token is a good token of one of them.
    ///
    /// A key that is not known may be a new one, so its issuer is asked for its keys, but not often.
    ///
    /// - Throws: ``IngestRefusal`` with 503 if the issuer cannot be asked: a sender that were told 401 would drop its alerts.
    func verdict(_ text: String, now: Timestamp) async throws(IngestRefusal) -> TokenVerdict {
        let current = verification.withLock { $0 }
        guard !current.isEmpty else { return .refused(.malformed) }
        let first = cache.verdict(text, now: now) { current.verify(text, now: now) }
        guard first == .refused(.keyUnknown), let issuer = JWTVerification.issuer(namedIn: text),
            let source = sources.withLock({ $0[issuer] })
        else { return first }
        guard await renew(source, now: now) else { throw .issuerUnavailable }
        let next = verification.withLock { $0 }
        return cache.verdict(text, now: now) { next.verify(text, now: now) }
    }

    /// Asks an issuer for its keys, unless that was done only just.
    ///
    /// - Returns: Whether what is known of its keys is new enough to judge by.
    @discardableResult
    func renew(_ source: PublishedKeys, now: Timestamp) async -> Bool {
        let (keys, isCurrent) = await source.renewed(now: now)
        if let keys { verification.withLock { $0.setKeys(keys, of: source.issuer) } }
        return isCurrent
    }

    /// Those who publish their keys.
    var published: [PublishedKeys] { sources.withLock { Array($0.values) } }
}

extension IngestRefusal {
    static let issuerUnavailable = IngestRefusal(
        503, "issuer_unavailable",
        "the token's issuer cannot be asked for its keys now, so nobody can say whether the token is good: send the "
            + "request again", retryAfter: .seconds(5))
}
