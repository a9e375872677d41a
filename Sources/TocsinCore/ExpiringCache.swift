import Synchronization

/// What was found out lately, believed for a while and bounded in number.
///
/// For what may be revoked, erased or replaced by others: nothing is believed for longer than ``timeToLive``.
public final class ExpiringCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        let value: Value
        let until: Timestamp
    }

    private let timeToLive: Duration
    private let capacity: Int
    private let entries = Mutex<[Key: Entry]>([:])

    /// An empty cache.
    ///
    /// - Parameters:
    ///   - timeToLive: How long a value is believed.
    ///   - capacity: The most values that are held; when they are more, those that are no longer believed go, or all.
    public init(timeToLive: Duration, capacity: Int) {
        self.timeToLive = timeToLive
        self.capacity = capacity
    }

    /// How many values are held, believed or not.
    public var count: Int { entries.withLock { $0.count } }

    /// A value that is still believed.
    public func value(_ key: Key, now: Timestamp) -> Value? {
        entries.withLock { entries in
            // A clock that was set back must not make a value live longer than it may.
            guard let entry = entries[key], now < entry.until, entry.until <= now + timeToLive else { return nil }
            return entry.value
        }
    }

    /// Holds a value.
    ///
    /// - Parameter limit: When it is no longer good by itself, if that is known.
    public func store(_ value: Value, for key: Key, now: Timestamp, limit: Timestamp? = nil) {
        let until = min(now + timeToLive, limit ?? now + timeToLive)
        entries.withLock { entries in
            if entries.count >= capacity, entries[key] == nil {
                entries = entries.filter { now < $0.value.until }
                if entries.count >= capacity { entries.removeAll(keepingCapacity: true) }
            }
            entries[key] = Entry(value: value, until: until)
        }
    }

    /// Forgets a value.
    public func remove(_ key: Key) { entries.withLock { _ = $0.removeValue(forKey: key) } }

    /// Forgets all of them.
    public func removeAll() { entries.withLock { $0.removeAll(keepingCapacity: true) } }
}
