public import TocsinCore

/// What is stored of a token: everything but its secret.
public struct TokenRecord: Sendable, Equatable {
    /// The token's id within its tenant; of a JSON Web Token, who has issued it.
    public let id: String
    /// Whose token it is.
    public let tenant: TenantID
    /// What people call it, such as `prometheus-eu`.
    public var name: String
    /// SHA-256 of the token's text.
    public let hash: [UInt8]
    /// When it was made.
    public let createdAt: Timestamp
    /// From when on it is refused, if ever.
    public var expiresAt: Timestamp?
    /// When it was revoked, if it was.
    public var revokedAt: Timestamp?
    /// What it allows.
    public var permissions: Set<Permission>

    /// The record of a token that was just made.
    public init(
        token: APIToken, name: String, createdAt: Timestamp, expiresAt: Timestamp? = nil, permissions: Set<Permission>
    ) {
        self.init(
            id: token.id, tenant: token.tenant, name: name, hash: token.hash, createdAt: createdAt,
            expiresAt: expiresAt, revokedAt: nil, permissions: permissions)
    }

    init(
        id: String, tenant: TenantID, name: String, hash: [UInt8], createdAt: Timestamp, expiresAt: Timestamp?,
        revokedAt: Timestamp?, permissions: Set<Permission>
    ) {
        self.id = id
        self.tenant = tenant
        self.name = name
        self.hash = hash
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.permissions = permissions
    }
}

extension TokenRecord {
    private static let format: UInt8 = 1

    /// The record as bytes, to be sealed and stored.
    public func encoded() -> [UInt8] {
        var writer = RecordWriter(capacity: 160)
        writer.write(byte: Self.format)
        writer.write(id)
        writer.write(tenant.name)
        writer.write(name)
        writer.write(hash)
        writer.write(createdAt)
        for time in [expiresAt, revokedAt] {
            writer.write(byte: time == nil ? 0 : 1)
            if let time { writer.write(time) }
        }
        let words = permissions.map(\.rawValue).sorted()
        writer.write(UInt64(words.count))
        for word in words { writer.write(word) }
        return writer.bytes
    }

    /// Reads what ``encoded()`` wrote.
    ///
    /// A permission that this version does not know is left out, so that an older node refuses what only a newer one can
    /// judge, and the token's other permissions go on working.
    public init(encoded bytes: [UInt8]) throws(RecordError) {
        var reader = RecordReader(bytes)
        let format = try reader.readByte()
        guard format == Self.format else {
            throw RecordError(message: "a token record has format \(format), which this version does not know")
        }
        id = try reader.readString()
        guard let tenant = TenantID(try reader.readString()) else {
            throw RecordError(message: "a token record's tenant is not a tenant id")
        }
        self.tenant = tenant
        name = try reader.readString()
        hash = try reader.readBytes()
        guard hash.count == 32 else {
            throw RecordError(message: "a token record's hash has \(hash.count) bytes instead of 32")
        }
        createdAt = try reader.readTimestamp()
        expiresAt = try Self.readTime(&reader)
        revokedAt = try Self.readTime(&reader)
        var permissions: Set<Permission> = []
        for _ in 0..<(try reader.readCount()) {
            if let permission = Permission(rawValue: try reader.readString()) { permissions.insert(permission) }
        }
        self.permissions = permissions
        guard reader.isAtEnd else { throw RecordError(message: "a token record goes on after its end") }
    }

    private static func readTime(_ reader: inout RecordReader) throws(RecordError) -> Timestamp? {
        switch try reader.readByte() {
        case 0: return nil
        case 1: return try reader.readTimestamp()
        case let flag: throw RecordError(message: "a token record's optional time starts with \(flag)")
        }
    }
}
