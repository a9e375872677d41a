import Synchronization
import TocsinCore
import TocsinIdentity

/// The token records that were asked for lately, and those that turned out not to exist.
///
/// It saves a round trip to Redis per request, and bounds how many of them guesses can cause. What it holds is believed
/// for ``timeToLive``, so a revoked token works at most that much longer. It keeps records and no secrets: the secret is
/// compared anew for every request.
final class TokenCache: Sendable {
    private struct Key: Hashable {
        let tenant: TenantID
        let id: String
    }

    private struct Entry {
        let record: TokenRecord?
        let until: Timestamp
    }

    private let timeToLive: Duration
    private let capacity: Int
    private let entries = Mutex<[Key: Entry]>([:])

    init(timeToLive: Duration = .seconds(2), capacity: Int = 8192) {
        self.timeToLive = timeToLive
        self.capacity = capacity
    }

    /// How many records and absences are held.
    var count: Int { entries.withLock { $0.count } }

    /// What is known of a token: a record, that there is none (`.some(nil)`), or nothing.
    func record(_ id: String, of tenant: TenantID, now: Timestamp) -> TokenRecord?? {
        entries.withLock { entries in
            // A clock that was set back must not make an entry live longer than it may.
            guard let entry = entries[Key(tenant: tenant, id: id)], now < entry.until, entry.until <= now + timeToLive
            else { return nil }
            return .some(entry.record)
        }
    }

    /// Remembers a record, or that there is none.
    func store(_ record: TokenRecord?, id: String, of tenant: TenantID, now: Timestamp) {
        entries.withLock { entries in
            if entries.count >= capacity {
                entries = entries.filter { now < $0.value.until }
                if entries.count >= capacity { entries.removeAll(keepingCapacity: true) }
            }
            entries[Key(tenant: tenant, id: id)] = Entry(record: record, until: now + timeToLive)
        }
    }
}
