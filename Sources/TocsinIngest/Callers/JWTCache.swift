import Crypto
import Synchronization
import TocsinCore
import TocsinIdentity

/// The JSON Web Tokens that were found good lately: a signature costs a hundred times what a look costs.
///
/// It keeps digests and no tokens. What it holds is believed for ``timeToLive`` and no longer than the token is good.
final class JWTCache: Sendable {
    private struct Entry {
        let record: TokenRecord
        let until: Timestamp
    }

    private let timeToLive: Duration
    private let capacity: Int
    private let entries = Mutex<[SHA256Digest: Entry]>([:])

    init(timeToLive: Duration = .seconds(10), capacity: Int = 8192) {
        self.timeToLive = timeToLive
        self.capacity = capacity
    }

    /// The verdict on a token, from here or from a judge.
    func verdict(_ text: String, now: Timestamp, judge: () -> TokenVerdict) -> TokenVerdict {
        let digest = SHA256.hash(data: Array(text.utf8))
        let known = entries.withLock { entries -> TokenRecord? in
            // A clock that was set back must not make an entry live longer than it may.
            guard let entry = entries[digest], now < entry.until, entry.until <= now + timeToLive else { return nil }
            return entry.record
        }
        if let known { return .accepted(known) }
        let verdict = judge()
        guard case .accepted(let record) = verdict else { return verdict }
        let until = min(now + timeToLive, record.expiresAt ?? now)
        entries.withLock { entries in
            if entries.count >= capacity {
                entries = entries.filter { now < $0.value.until }
                if entries.count >= capacity { entries.removeAll(keepingCapacity: true) }
            }
            entries[digest] = Entry(record: record, until: until)
        }
        return verdict
    }

    /// Forgets all of them: others are believed now.
    func clear() { entries.withLock { $0.removeAll(keepingCapacity: true) } }
}
