import Foundation
public import TocsinCore

/// How to get a token: the request for it, and where in the answer it stands.
///
/// Pure: whoever sends it keeps the token for ``cacheKey`` until it ends.
public struct CredentialRequest: RequestCredential, Hashable {
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
        let proofs = proofs.flatMap { proof in
            ["proof"] + proof.headers.flatMap { [$0.name, $0.value.reveal()] }
                + proof.form.flatMap { [$0.name, $0.value.reveal()] }
        }
        return CredentialRequest.key(
            of: [method, url.reveal(), tokenMember, lifetimeMember]
                + form.flatMap { [$0.name, $0.value.reveal()] } + proofs + (assertion?.parts ?? []))
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

    /// Asks by the proof that the server took before, and by the others if it takes none.
    public func next(_ fetching: CredentialFetching) throws -> CredentialStep {
        let order = [fetching.way] + proofs.indices.filter { $0 != fetching.way }
        var refusal: CredentialFailure?
        for (proof, answer) in zip(order, fetching.answers) {
            switch token(of: answer, now: fetching.now) {
            case .success(let token): return .fetched(token, way: proof)
            // The first refusal says most: servers answer the ways that they do not know in words of all kinds.
            case .failure(let failure) where failure.isRefusal: refusal = refusal ?? failure
            case .failure(let failure): return .failed(failure)
            }
        }
        guard fetching.answers.count < order.count else {
            let reason = failure("there is no proof to send")
            return .failed(refusal ?? CredentialFailure(reason, outcome: .retry(after: nil, reason: reason)))
        }
        return .send(try request(proof: order[fetching.answers.count], now: fetching.now, id: fetching.id))
    }

    /// In the place of whatever else says who the sender is.
    public func apply(_ fetched: FetchedCredential, to request: inout DeliveryRequest, now: Timestamp) {
        request.headers.removeAll { $0.name.lowercased() == "authorization" }
        for token in fetched.values { request.headers.append(.secret("Authorization", "Bearer " + token.reveal())) }
    }

    /// It may have been called back before its end.
    public func isRefused(by response: DeliveryResponse) -> Bool { response.status == 401 }

    /// Under the word that is for tokens.
    public func failure(_ detail: String) -> FailureReason { .oauth2Failed(detail) }

    /// What holds where the server does not say for how long a token holds.
    private static let usualLifetime = Duration.seconds(3600)
    private static let longestLifetime = Duration.seconds(30 * 86_400)

    /// Reads the server's answer, RFC 6749 sections 5.1 and 5.2.
    public func token(
        of response: DeliveryResponse, now: Timestamp
    ) -> Result<FetchedCredential, CredentialFailure> {
        let members = (try? JSONSerialization.jsonObject(with: Data(response.body))) as? [String: Any] ?? [:]
        guard (200..<300).contains(response.status) else { return .failure(failure(response, members, now: now)) }
        guard let text = members[tokenMember] as? String, !text.isEmpty, !text.contains(where: \.isNewline) else {
            let reason = failure("the answer of the token server has no '\(tokenMember)'")
            return .failure(CredentialFailure(reason, answer: response, now: now))
        }
        let seconds =
            (members[lifetimeMember] as? NSNumber)?.doubleValue
            ?? (members[lifetimeMember] as? String).flatMap(Double.init)
        var lifetime = CredentialRequest.usualLifetime
        if let seconds, seconds > 0 {
            lifetime = min(.seconds(min(seconds, 1e9)), CredentialRequest.longestLifetime)
        }
        return .success(FetchedCredential([Secret(text)], lifetime: lifetime, now: now))
    }

    private func failure(_ response: DeliveryResponse, _ members: [String: Any], now: Timestamp) -> CredentialFailure {
        // The vendor's word for it; nothing else is repeated, for it may hold what was sent.
        let word = (members["error"] as? String).flatMap { word in
            word.utf8.count <= 40 && word.utf8.allSatisfy { $0 == 0x5F || (0x61...0x7A).contains($0) } ? word : nil
        }
        let reason = failure("the token server answered \(response.status)" + (word.map { " " + $0 } ?? ""))
        return CredentialFailure(reason, answer: response, now: now)
    }
}
