import Synchronization

/// How many records this process sealed with one key.
final class SealCounter: Sendable {
    private let count = Atomic<UInt64>(0)

    var value: UInt64 { count.load(ordering: .relaxed) }

    func increment() { count.wrappingAdd(1, ordering: .relaxed) }

    /// The counter of the key with this fingerprint, the same one for every copy of the key in the process.
    ///
    /// Counters are kept for good, one small object a key: a ring that is dropped and loaded again goes on counting.
    static func shared(fingerprint: [UInt8]) -> SealCounter {
        registry.withLock { counters in
            if let known = counters[fingerprint] { return known }
            let counter = SealCounter()
            counters[fingerprint] = counter
            return counter
        }
    }

    private static let registry = Mutex<[[UInt8]: SealCounter]>([:])
}
