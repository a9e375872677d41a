import Foundation
import TocsinCore
import TocsinIntegrations

/// Gets the tokens and keys that go with requests, keeps them until they end, and asks once where many want the same.
actor TokenSource {
    /// Sends a request for a credential.
    typealias Fetch = @Sendable (DeliveryRequest) async -> Result<DeliveryResponse, TransportFailure>

    private struct Entry {
        var token: FetchedCredential?
        /// When to ask for the next one.
        var renewal: Timestamp
        /// The last one that the receiver did not take.
        var refused: FetchedCredential?
        /// The way to prove who the sender is that the server took.
        var way = 0
        var lastUse: UInt64 = 0
    }

    nonisolated let clock: any WallClock
    private let shared: SharedTokens?
    private let capacity: Int
    private var entries: [String: Entry] = [:]
    /// Who waits for a token that somebody else asks for.
    private var waiting: [String: [AsyncStream<TransportFailure>.Continuation]] = [:]
    private var uses: UInt64 = 0

    /// How long a token that still holds is used after the next one could not be had.
    private static let pauseAfterFailure = Duration.seconds(10)
    /// The most requests for one credential.
    private static let maximumSteps = 8
    /// The largest file that a proof may stand in.
    private static let maximumFileBytes = 64 * 1024
    /// How often somebody waits for another who is cancelled.
    private static let maximumTurns = 16

    /// - Parameters:
    ///   - shared: The tokens of all workers, where there are others.
    ///   - capacity: How many tokens are kept.
    init(clock: any WallClock, shared: SharedTokens? = nil, capacity: Int = 1000) {
        self.clock = clock
        self.shared = shared
        self.capacity = capacity
    }

    /// How many tokens are kept.
    var count: Int { entries.count }

    /// The credential for a request.
    ///
    /// - Parameters:
    ///   - tenant: Whose it is; no other's workers see it.
    ///   - fetch: Asks for one; must end in time.
    /// - Throws: ``TransportFailure``, or an error of cancellation.
    func token(
        for request: any RequestCredential, of tenant: TenantID, fetch: Fetch
    ) async throws -> FetchedCredential {
        let key = request.cacheKey
        for _ in 0..<TokenSource.maximumTurns {
            let now = clock.now()
            if let entry = entries[key], let token = entry.token, now < token.end,
                now < entry.renewal || waiting[key] != nil
            {
                uses += 1
                entries[key]?.lastUse = uses
                return token
            }
            if waiting[key] == nil { return try await renew(request, key, of: tenant, fetch: fetch) }
            try await wait(for: key)
        }
        throw TransportFailure(retrying: request.failure("nobody could get it in time"))
    }

    /// Forgets a credential that a server did not take.
    func discard(_ token: FetchedCredential, of request: any RequestCredential) {
        let key = request.cacheKey
        // Another may have got the next one already.
        guard entries[key]?.token == token else { return }
        entries[key]?.token = nil
        entries[key]?.refused = token
    }

    private func wait(for key: String) async throws {
        let (failures, continuation) = AsyncStream.makeStream(of: TransportFailure.self)
        waiting[key]?.append(continuation)
        // A cancelled task leaves the loop at once.
        for await failure in failures { throw failure }
        try Task.checkCancellation()
    }

    private func renew(
        _ request: any RequestCredential, _ key: String, of tenant: TenantID, fetch: Fetch
    ) async throws -> FetchedCredential {
        waiting[key] = []
        do {
            let token = try await share(request, key, of: tenant, fetch: fetch)
            finish(key)
            return token
        } catch {
            let failure = TransportFailure(error)
            // Whoever waits asks anew if this task was cancelled, which is no fault of the server.
            finish(key, failure.reason == .cancelled ? nil : failure)
            if let entry = entries[key], let token = entry.token, clock.now() < token.end, failure.reason != .cancelled
            {
                entries[key]?.renewal = clock.now() + TokenSource.pauseAfterFailure
                return token
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

    /// Uses what another worker got, or asks and lets the others use it.
    private func share(
        _ request: any RequestCredential, _ key: String, of tenant: TenantID, fetch: Fetch
    ) async throws -> FetchedCredential {
        guard let shared else { return try await ask(request, key, fetch: fetch) }
        let looks = Int(SharedTokens.turn.milliseconds / SharedTokens.pause.milliseconds)
        for _ in 0..<looks {
            switch await shared.find(key, of: tenant, refused: entries[key]?.refused, now: clock.now()) {
            case .token(let token):
                keep(token, key, way: entries[key]?.way ?? 0)
                return token
            case .wait:
                try await clock.sleep(for: SharedTokens.pause)
                continue
            case .ask: break
            }
            do {
                let token = try await ask(request, key, fetch: fetch)
                await shared.keep(token, key, of: tenant, now: clock.now())
                return token
            } catch {
                await shared.keep(nil, key, of: tenant, now: clock.now())
                throw error
            }
        }
        return try await ask(request, key, fetch: fetch)
    }

    private func ask(
        _ request: any RequestCredential, _ key: String, fetch: Fetch
    ) async throws -> FetchedCredential {
        var fetching = CredentialFetching(
            now: clock.now(), id: UUID().uuidString.lowercased(), way: entries[key]?.way ?? 0, file: TokenSource.text)
        for _ in 0..<TokenSource.maximumSteps {
            fetching.now = clock.now()
            let step: CredentialStep
            do {
                step = try request.next(fetching)
            } catch {
                throw TransportFailure(disabling: request.failure("the key cannot sign"))
            }
            switch step {
            case .failed(let failure): throw failure
            case .fetched(let token, let way):
                keep(token, key, way: way)
                return token
            case .send(let message):
                switch await fetch(message) {
                case .success(let answer): fetching.answers.append(answer)
                case .failure(let failure): throw TokenSource.unreachable(failure, request)
                }
            }
        }
        throw TransportFailure(retrying: request.failure("it takes too many requests"))
    }

    /// Small files alone, and whole ones: half a proof is none.
    private static func text(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path), data.count <= maximumFileBytes else { return nil }
        return String(bytes: data, encoding: .utf8)?.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func unreachable(_ failure: TransportFailure, _ request: any RequestCredential) -> TransportFailure {
        guard failure.reason != .cancelled else { return failure }
        let detail = failure.reason.detail.isEmpty ? failure.reason.code : failure.reason.detail
        return TransportFailure(retrying: request.failure("the token server could not be asked: \(detail)"))
    }

    private func keep(_ token: FetchedCredential, _ key: String, way: Int) {
        uses += 1
        entries[key] = Entry(token: token, renewal: token.renewal, way: way, lastUse: uses)
        while entries.count > capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })?.key {
            entries[oldest] = nil
        }
    }
}
