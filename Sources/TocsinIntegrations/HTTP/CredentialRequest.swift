import Crypto
import Foundation
public import TocsinCore

/// How to get a token: the request for it, and where in the answer it stands.
///
/// Pure: whoever sends it keeps the token for ``cacheKey`` until it ends.
public struct CredentialRequest: Sendable, Hashable {
    /// One way in which the sender proves who it is.
    public struct Proof: Sendable, Hashable {
        /// Headers besides those of the form.
        public var headers: [DeliveryRequest.Header] = []
        /// Members of the form besides those that every proof has.
        public var form: [Member] = []

        /// No proof.
        public init() {}
    }

    /// A member of a form.
    public struct Member: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// Its value.
        public let value: Secret

        /// Makes a member.
        public init(_ name: String, _ value: Secret) {
            self.name = name
            self.value = value
        }
    }

    /// The HTTP method.
    public var method = "POST"
    /// The whole address.
    public var url: Secret
    /// The members of the form, which is the body.
    public var form: [Member]
    /// In the order in which they are tried: servers accept one or another, and do not say which.
    public var proofs: [Proof] = [Proof()]
    /// What is signed anew for each request and sent as the form's `assertion`.
    public var assertion: JWTAssertion?
    /// The answer's member that is the token.
    public var tokenMember = "access_token"
    /// The answer's member that says for how many seconds it holds.
    public var lifetimeMember = "expires_in"
    /// How the server is spoken to.
    public var client = ClientSettings()

    /// Makes a request for a token.
    public init(url: Secret, form: [Member]) {
        self.url = url
        self.form = form
    }

    /// The same for the same request alone, by whatever way it goes, and tells nothing of it: a SHA-256 hash.
    public var cacheKey: String {
        var hash = SHA256()
        func add(_ text: String) {
            hash.update(data: Data("\(text.utf8.count):".utf8))
            hash.update(data: Data(text.utf8))
        }
        for text in [method, url.reveal(), tokenMember, lifetimeMember] { add(text) }
        for member in form { [member.name, member.value.reveal()].forEach(add) }
        for proof in proofs {
            add("proof")
            for header in proof.headers { [header.name, header.value.reveal()].forEach(add) }
            for member in proof.form { [member.name, member.value.reveal()].forEach(add) }
        }
        assertion?.parts.forEach(add)
        return hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The request by one of the proofs.
    ///
    /// - Parameters:
    ///   - proof: From 0.
    ///   - id: What an assertion goes by, which must be new.
    /// - Throws: If the key cannot sign.
    public func request(proof: Int, now: Timestamp, id: String) throws -> DeliveryRequest {
        let proof = proofs.indices.contains(proof) ? proofs[proof] : Proof()
        var members = (form + proof.form).map { ($0.name, $0.value.reveal()) }
        if let assertion { members.append(("assertion", try assertion.sign(now: now, id: id))) }
        var request = DeliveryRequest(
            method: method, url: url,
            headers: [
                .init("Content-Type", Secret("application/x-www-form-urlencoded"), isSecret: false),
                .init("Accept", Secret("application/json"), isSecret: false),
                .init("User-Agent", Secret("Tocsin"), isSecret: false),
            ] + proof.headers, body: Array(URLEscaping.form(members).utf8))
        request.client = client
        request.client.followsRedirects = false
        return request
    }

    /// A token and when it ends.
    public struct Token: Sendable, Hashable {
        /// The token.
        public let text: Secret
        /// When it ends.
        public let end: Timestamp
        /// When to get the next one, before this one ends.
        public let renewal: Timestamp

        init(_ text: String, lifetime: Duration, now: Timestamp) {
            self.text = Secret(text)
            end = now + lifetime
            // A minute is more than any request takes; short tokens cannot spare as much.
            renewal = now + lifetime - min(.seconds(60), lifetime / 4)
        }
    }

    /// Why there is no token.
    public struct Failure: Error, Hashable {
        /// In words that hold no secret.
        public let reason: FailureReason
        /// Whether another way to prove who the sender is may succeed.
        public let isRefusal: Bool
        /// What follows for the notification.
        public let outcome: DeliveryOutcome
    }

    /// What holds where the server does not say for how long a token holds.
    private static let usualLifetime = Duration.seconds(3600)
    private static let longestLifetime = Duration.seconds(30 * 86_400)

    /// Reads the server's answer, RFC 6749 sections 5.1 and 5.2.
    public func token(of response: DeliveryResponse, now: Timestamp) -> Result<Token, Failure> {
        let members = (try? JSONSerialization.jsonObject(with: Data(response.body))) as? [String: Any] ?? [:]
        guard (200..<300).contains(response.status) else { return .failure(failure(response, members, now: now)) }
        guard let text = members[tokenMember] as? String, !text.isEmpty, !text.contains(where: \.isNewline) else {
            let reason = FailureReason.oauth2Failed("the answer of the token server has no '\(tokenMember)'")
            return .failure(Failure(reason: reason, isRefusal: false, outcome: .retry(after: nil, reason: reason)))
        }
        let seconds =
            (members[lifetimeMember] as? NSNumber)?.doubleValue
            ?? (members[lifetimeMember] as? String).flatMap(Double.init)
        var lifetime = CredentialRequest.usualLifetime
        if let seconds, seconds > 0 {
            lifetime = min(.seconds(min(seconds, 1e9)), CredentialRequest.longestLifetime)
        }
        return .success(Token(text, lifetime: lifetime, now: now))
    }

    private func failure(_ response: DeliveryResponse, _ members: [String: Any], now: Timestamp) -> Failure {
        // The vendor's word for it; nothing else is repeated, for it may hold what was sent.
        let word = (members["error"] as? String).flatMap { word in
            word.utf8.count <= 40 && word.utf8.allSatisfy { $0 == 0x5F || (0x61...0x7A).contains($0) } ? word : nil
        }
        let reason = FailureReason.oauth2Failed(
            "the token server answered \(response.status)" + (word.map { " " + $0 } ?? ""))
        switch response.status {
        case 408, 425, 429, 500...599:
            return Failure(
                reason: reason, isRefusal: false,
                outcome: .retry(after: RetryAfter.read(response, now: now), reason: reason))
        default:
            return Failure(
                reason: reason, isRefusal: (400..<500).contains(response.status), outcome: .disable(reason: reason))
        }
    }
}
