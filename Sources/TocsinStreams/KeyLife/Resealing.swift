import TocsinCore
import TocsinRedis
import TocsinSealing

/// A record that was sealed under a key which seals no more.
struct OldRecord {
    /// Where in a key of Redis it is.
    enum Place {
        /// A field of a hash.
        case field(String)
        /// In a packed map in a field of a hash, under `b`.
        case packed(String)
        /// The whole string.
        case string
        /// An item of a list.
        case item(Int)
        /// In a stream, whose entries cannot be changed; they go by themselves.
        case stream
    }

    /// The key, without the shard's prefix.
    let key: String
    let place: Place
    let purpose: SealingPurpose
    let context: String
    let sealed: [UInt8]

    var words: (kind: String, field: String) {
        switch place {
        case .field(let field): ("h", field)
        case .packed(let field): ("m", field)
        case .string: ("s", "")
        case .item(let index): ("l", String(index))
        case .stream: ("", "")
        }
    }
}

/// Reads the sealed records of one key, by what its name says of it.
struct RecordFinder {
    let redis: RedisClient
    let keys: ShardKeys
    let tenant: TenantID

    /// All sealed records of a key, in parts.
    ///
    /// - Parameters:
    ///   - rest: The key's name behind the tenant's.
    ///   - body: Is given each part.
    func records(in rest: String, _ body: ([OldRecord]) async throws -> Void) async throws {
        let key = "\(tenant.name):\(rest)"
        let parts = rest.split(separator: ":", maxSplits: 1).map(String.init)
        let name = parts.count > 1 ? parts[1] : ""
        func fields(_ purpose: SealingPurpose, context: String = "") async throws {
            try await hash(key, body) {
                .init(key: key, place: .field($0), purpose: purpose, context: context + $0, sealed: $1)
            }
        }
        switch parts[0] {
        case "silences": try await fields(.silence)
        case "tokens": try await fields(.token)
        case "g": try await hash(key, body) { field, sealed in group(key, name, field, sealed) }
        case "i": try await fields(.inhibition, context: name)
        case "dead": try await hash(key, body) { field, packed in letter(key, field, packed) }
        case "v": try await body(string(key, .vendorMemory, context: name))
        case "c" where !name.hasSuffix(":turn"): try await body(string(key, .credential, context: name))
        case "audit" where name == "signers": try await fields(.auditSigner)
        case "audit" where name == "subjects": try await fields(.auditSubject)
        case "subjects": try await fields(.maskingSubject)
        case "trail": try await body(list(key))
        case "alerts": try await stream(key, .alerts, body)
        case "d" where name.hasSuffix(":h"):
            try await hash(key, body) { field, packed in letter(key, field, packed) }
        case "d" where !name.hasSuffix(":m") && !name.hasSuffix(":r"): try await stream(key, .delivery, body)
        default: break
        }
    }

    private func group(_ key: String, _ group: String, _ field: String, _ sealed: [UInt8]) -> OldRecord? {
        if field == "x" {
            return OldRecord(key: key, place: .field(field), purpose: .group, context: group, sealed: sealed)
        }
        let purpose: SealingPurpose
        switch field.prefix(2) {
        case "a:": purpose = .alert
        case "n:", "p:": purpose = .log
        default: return nil
        }
        return OldRecord(
            key: key, place: .field(field), purpose: purpose, context: group + field.dropFirst(2), sealed: sealed)
    }

    /// A dead letter, or a notification that waits.
    private func letter(_ key: String, _ id: String, _ packed: [UInt8]) -> OldRecord? {
        guard let fields = PackedFields.read(packed), let sealed = fields["b"] else { return nil }
        let isBatch = fields["kind"].map { $0 != Array("delivery".utf8) } ?? false
        return OldRecord(
            key: key, place: .packed(id), purpose: isBatch ? .alerts : .delivery, context: isBatch ? "" : id,
            sealed: sealed)
    }

    private func hash(
        _ key: String, _ body: ([OldRecord]) async throws -> Void, _ record: (String, [UInt8]) -> OldRecord?
    ) async throws {
        try await redis.hscan(keys.prefix + key) { part in
            try await body(part.compactMap { record($0.key, $0.value) })
        }
    }

    private func string(_ key: String, _ purpose: SealingPurpose, context: String) async throws -> [OldRecord] {
        var command = RedisCommand(.get)
        command.append(keys.prefix + key)
        guard let sealed = try await redis.send(command).bytes else { return [] }
        return [OldRecord(key: key, place: .string, purpose: purpose, context: context, sealed: sealed)]
    }

    private func list(_ key: String) async throws -> [OldRecord] {
        var command = RedisCommand(.lrange)
        for word in [keys.prefix + key, "0", "-1"] { command.append(word) }
        let items = try await redis.send(command).requireArray().compactMap(\.bytes)
        return items.enumerated().map { index, sealed in
            OldRecord(key: key, place: .item(index), purpose: .trail, context: "", sealed: sealed)
        }
    }

    private func stream(
        _ key: String, _ purpose: SealingPurpose, _ body: ([OldRecord]) async throws -> Void
    ) async throws {
        try await redis.xrange(keys.prefix + key) { entries in
            try await body(
                entries.compactMap { entry in
                    DeliveryFields(entry.fields).sealed.map {
                        OldRecord(key: key, place: .stream, purpose: purpose, context: "", sealed: $0)
                    }
                })
        }
    }
}
