import Crypto
import Synchronization
public import TocsinCore
public import TocsinIdentity

/// Those whose JSON Web Tokens are believed, with the keys that they have now.
public final class TrustedIssuers: Sendable {
    private let verification: Mutex<JWTVerification>
    /// The tokens that were found good lately, by their digests: a signature costs a hundred times what a look costs.
    private let good = ExpiringCache<SHA256Digest, TokenRecord>(timeToLive: .seconds(10), capacity: 8192)
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
    ///
    /// The keys of those who stay are kept: they might be away just now, and could not be asked again.
    public func update(_ new: TrustedIssuers) {
        var (verification, sources) = (new.verification.withLock { $0 }, new.sources.withLock { $0 })
        let before = self.verification.withLock { $0 }
        for (name, source) in self.sources.withLock({ $0 }) where sources[name]?.isSame(as: source) == true {
            sources[name] = source
            if let keys = before.keys(of: name) { verification.setKeys(keys, of: name) }
        }
        let (believed, asked) = (verification, sources)
        self.verification.withLock { $0 = believed }
        self.sources.withLock { $0 = asked }
        good.removeAll()
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
        let first = verdict(text, by: current, now: now)
        guard first == .refused(.keyUnknown), let issuer = JWTVerification.issuer(namedIn: text),
            let source = sources.withLock({ $0[issuer] })
        else { return first }
        guard await renew(source, now: now) else { throw .issuerUnavailable }
        let next = verification.withLock { $0 }
        return verdict(text, by: next, now: now)
    }

    private func verdict(_ text: String, by verification: JWTVerification, now: Timestamp) -> TokenVerdict {
        let digest = SHA256.hash(data: Array(text.utf8))
        if let record = good.value(digest, now: now) { return .accepted(record) }
        let verdict = verification.verify(text, now: now)
        if case .accepted(let record) = verdict {
            good.store(record, for: digest, now: now, limit: record.expiresAt ?? now)
        }
        return verdict
    }

    /// Asks an issuer for its keys, unless that was done only just.
    ///
    /// - Returns: Whether what is known of its keys is new enough to judge by.
    @discardableResult
    func renew(_ source: PublishedKeys, now: Timestamp) async -> Bool {
        let (keys, isCurrent) = await source.renewed(now: now)
        // The answer may have come after another place was named for it.
        if let keys, sources.withLock({ $0[source.issuer] === source }) {
            verification.withLock { $0.setKeys(keys, of: source.issuer) }
            good.removeAll()
        }
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
