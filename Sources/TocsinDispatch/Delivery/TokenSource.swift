import Foundation
import TocsinCore
import TocsinIntegrations

/// Gets the tokens that go with requests, keeps them until they end, and asks once where many want the same.
actor TokenSource {
    /// Sends a request for a token.
    typealias Fetch = @Sendable (DeliveryRequest) async -> Result<DeliveryResponse, TransportFailure>

    private struct Entry {
        var token: CredentialRequest.Token?
        /// When to ask for the next one.
        var renewal: Timestamp
        /// The proof that the server took.
        var proof = 0
        var lastUse: UInt64 = 0
    }

    private let clock: any WallClock
    private let capacity: Int
    private var entries: [String: Entry] = [:]
    /// Who waits for a token that somebody else asks for.
    private var waiting: [String: [AsyncStream<TransportFailure>.Continuation]] = [:]
    private var uses: UInt64 = 0

    /// How long a token that still holds is used after the next one could not be had.
    private static let pauseAfterFailure = Duration.seconds(10)
    /// How often somebody waits for another who is cancelled.
    private static let maximumTurns = 16

    /// - Parameter capacity: How many tokens are kept.
    init(clock: any WallClock, capacity: Int = 1000) {
        self.clock = clock
        self.capacity = capacity
    }

    /// How many tokens are kept.
    var count: Int { entries.count }

    /// The token for a request.
    ///
    /// - Parameter fetch: Asks for one; must end in time.
    /// - Throws: ``TransportFailure``, or an error of cancellation.
    func token(for request: CredentialRequest, fetch: Fetch) async throws -> Secret {
        let key = request.cacheKey
        for _ in 0..<TokenSource.maximumTurns {
            let now = clock.now()
            if let entry = entries[key], let token = entry.token, now < token.end,
                now < entry.renewal || waiting[key] != nil
            {
                uses += 1
                entries[key]?.lastUse = uses
                return token.text
            }
            if waiting[key] == nil { return try await renew(request, key, fetch: fetch) }
            try await wait(for: key)
        }
        throw TransportFailure(retrying: .oauth2Failed("nobody could get a token in time"))
    }

    /// Forgets a token that a server did not take.
    func discard(_ token: Secret, of request: CredentialRequest) {
        let key = request.cacheKey
        // Another may have got the next one already.
        if entries[key]?.token?.text == token { entries[key]?.token = nil }
    }

    private func wait(for key: String) async throws {
        let (failures, continuation) = AsyncStream.makeStream(of: TransportFailure.self)
        waiting[key]?.append(continuation)
        // A cancelled task leaves the loop at once.
        for await failure in failures { throw failure }
        try Task.checkCancellation()
    }

    private func renew(_ request: CredentialRequest, _ key: String, fetch: Fetch) async throws -> Secret {
        waiting[key] = []
        do {
            let token = try await ask(request, key, fetch: fetch)
            finish(key)
            return token
        } catch {
            let failure = TransportFailure(error)
            // Whoever waits asks anew if this task was cancelled, which is no fault of the server.
            finish(key, failure.reason == .cancelled ? nil : failure)
            if let entry = entries[key], let token = entry.token, clock.now() < token.end, failure.reason != .cancelled
            {
                entries[key]?.renewal = clock.now() + TokenSource.pauseAfterFailure
                return token.text
            }
            throw failure
        }
    }

    private func finish(_ key: String, _ failure: TransportFailure? = nil) {
        for continuation in waiting.removeValue(forKey: key) ?? [] {
            if let failure { continuation.yield(failure) }
            continuation.finish()
        }
    }

    /// Asks by the proof that the server took before, and by the others if it takes none.
    private func ask(_ request: CredentialRequest, _ key: String, fetch: Fetch) async throws -> Secret {
        let first = entries[key]?.proof ?? 0
        let proofs = [first] + request.proofs.indices.filter { $0 != first }
        var refusal: CredentialRequest.Failure?
        for proof in proofs {
            let message: DeliveryRequest
            do {
                message = try request.request(proof: proof, now: clock.now(), id: UUID().uuidString.lowercased())
            } catch {
                throw TransportFailure(disabling: .oauth2Failed("the key cannot sign"))
            }
            let response: DeliveryResponse
            switch await fetch(message) {
            case .success(let answer): response = answer
            case .failure(let failure): throw TokenSource.unreachable(failure)
            }
            switch request.token(of: response, now: clock.now()) {
            case .success(let token):
                keep(token, key, proof: proof)
                return token.text
            // The first refusal says most: servers answer the ways that they do not know in words of all kinds.
            case .failure(let failure) where failure.isRefusal: refusal = refusal ?? failure
            case .failure(let failure): throw failure
            }
        }
        throw refusal.map(TransportFailure.init)
            ?? TransportFailure(retrying: .oauth2Failed("there is no proof to send"))
    }

    private static func unreachable(_ failure: TransportFailure) -> TransportFailure {
        guard failure.reason != .cancelled else { return failure }
        let detail = failure.reason.detail.isEmpty ? failure.reason.code : failure.reason.detail
        return TransportFailure(retrying: .oauth2Failed("the token server could not be asked: \(detail)"))
    }

    private func keep(_ token: CredentialRequest.Token, _ key: String, proof: Int) {
        uses += 1
        entries[key] = Entry(token: token, renewal: token.renewal, proof: proof, lastUse: uses)
        while entries.count > capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })?.key {
            entries[oldest] = nil
        }
    }
}
