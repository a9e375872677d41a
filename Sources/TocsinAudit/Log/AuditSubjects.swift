import Crypto
import TocsinCore
import TocsinSealing
import TocsinStreams

/// The keys of the persons whose names stand in the logs.
///
/// A key is kept for a minute, so that what is erased is forgotten by every node within that.
final class AuditSubjects: Sendable {
    private struct Name: Hashable {
        let log: TenantID
        let subject: String
    }

    /// With as many keys in a log, no address gets another.
    static let mostWithAddresses = 100_000

    private let streams: TenantStreams
    private let clock: any WallClock
    private let known = ExpiringCache<Name, [UInt8]>(timeToLive: .seconds(60), capacity: 4096)

    init(streams: TenantStreams, clock: any WallClock) {
        self.streams = streams
        self.clock = clock
    }

    /// The keyed hash under which a person is known in a log.
    func name(of person: String, in log: TenantID) -> String {
        streams.indexKey(of: log).hashHex(label: "audit subject", parts: [person])
    }

    /// A person's key, made if there is none.
    ///
    /// - Parameter isNamed: Whether it is somebody whom the log knows by a name. Anybody may knock from ever other addresses.
    /// - Returns: `nil` for one more address where there are too many.
    func key(of subject: String, in log: TenantID, isNamed: Bool) async throws -> [UInt8]? {
        let name = Name(log: log, subject: subject)
        let now = clock.now()
        if let key = known.value(name, now: now) { return key }
        let made = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        let most = isNamed ? .max : Self.mostWithAddresses
        guard let key = try await streams.auditSubject(subject, of: log, new: made, most: most) else {
            guard isNamed else { return nil }
            throw AuditError(
                code: "audit_subject_erased",
                message: "a person's key in the audit log was destroyed while it was used; try again")
        }
        known.store(key, for: name, now: now)
        return key
    }
}
