import Synchronization
import TocsinCore

/// Every tenant's silences as they were last read.
final class SilenceCache: Sendable {
    private let known = Mutex<[TenantID: StoredSilences]>([:])

    func silences(of tenant: TenantID) -> StoredSilences? { known.withLock { $0[tenant] } }

    /// Keeps them, unless newer ones were stored meanwhile.
    func store(_ silences: StoredSilences, of tenant: TenantID) {
        known.withLock { known in
            if let other = known[tenant], other.version > silences.version { return }
            known[tenant] = silences
        }
    }
}
