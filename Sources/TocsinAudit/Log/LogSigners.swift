import TocsinCore
import TocsinStreams

/// The keys that sign a log's heads.
///
/// After a change the old key goes on signing beside the new one for a while, so that who trusts only the old one can learn
/// of the new one from a head that both have signed.
struct LogSigners {
    /// For how long an old key still signs.
    static let overlap = Duration.seconds(30 * 86_400)

    /// The keys by version, and since when each signs.
    let all: [(version: UInt32, since: Timestamp, key: SignerKey)]

    /// Reads a log's keys, and makes the first if there is none.
    static func load(of log: TenantID, streams: TenantStreams, now: Timestamp) async throws -> LogSigners {
        let origin = AuditLog.origin(of: log, deployment: streams.rootKeyID)
        var records = try await streams.auditSigners(of: log)
        if records.isEmpty {
            try await streams.addAuditSigner(
                Self.record(.generate(name: origin, kind: .note), now), version: 1, of: log)
            records = try await streams.auditSigners(of: log)
        }
        var all: [(version: UInt32, since: Timestamp, key: SignerKey)] = []
        for (version, bytes) in records.sorted(by: { $0.key < $1.key }) {
            var reader = RecordReader(bytes)
            let since = try reader.readTimestamp()
            guard let key = SignerKey(name: origin, kind: .note, seed: try reader.readBytes()) else {
                throw AuditError(
                    code: "audit_signer_damaged", message: "key \(version) that signs \(origin) is damaged")
            }
            all.append((version, since, key))
        }
        return LogSigners(all: all)
    }

    /// Those that sign at a time: the newest, and any that was replaced only lately.
    func active(at now: Timestamp) -> [SignerKey] {
        all.enumerated().filter { place, _ in
            place == all.count - 1 || now - all[place + 1].since < Self.overlap
        }.map(\.element.key)
    }

    /// A key as it is kept.
    static func record(_ key: SignerKey, _ since: Timestamp) -> [UInt8] {
        var writer = RecordWriter()
        writer.write(since)
        writer.write(Hexadecimal.decode(key.seed.reveal()) ?? [])
        return writer.bytes
    }
}
