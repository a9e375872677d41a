import TocsinCore

/// A node of the cluster as it last described itself.
public struct NodeReport: Sendable, Hashable, Codable {
    /// The node's id.
    public var id: String
    /// `serve`, `ingest` or `worker`; `unknown` if the node's version writes reports that this one cannot read.
    public var role: String
    /// The program's version.
    public var version: String
    /// Where others find it.
    public var address: String
    /// When it last said so, in milliseconds since the Unix epoch, by its own clock.
    public var seenAt: Int64
    /// Notifications in flight.
    public var inFlight: Int
    /// Turns that it serves now.
    public var turns = 0
    /// The tenants of those turns and notifications by name, sixteen of them at most.
    public var tenants: [String] = []
    /// The part of a core that it used since its last report; more than 1 if it used several.
    public var cpu = 0.0
    /// The memory that it has in use, in bytes.
    public var memoryBytes: Int64 = 0
    /// How late its event loops came to what was due, at worst, since its last report.
    public var loopLagMilliseconds = 0
    /// Whether it is on its way out, or somebody wants it to be.
    public var isDraining = false
    /// What it can share a Redis with: ``TenantStreams/protocolVersion``; 0 for a node from before there was one.
    public var protocolVersion = 0
    /// The digest of the function library that it calls.
    public var library = ""
    /// Up to which change of the key rings it has read them: ``TenantStreams/rotateKey(of:algorithm:replacing:patience:)``.
    public var keyGeneration = ""
    /// How long ago it said all this, in milliseconds by Redis' clock; for a node of an older version by its own.
    ///
    /// Known to who reads reports, and not a part of them.
    public var ageMilliseconds: Int64 = 0

    /// A node's report, of a node that does nothing yet.
    public init(id: String, role: String, version: String, address: String, seenAt: Int64, inFlight: Int) {
        self.id = id
        self.role = role
        self.version = version
        self.address = address
        self.seenAt = seenAt
        self.inFlight = inFlight
    }
}

extension NodeReport {
    /// The most tenants that are named.
    private static let mostTenants = 16
    /// The version of the record's first fields.
    ///
    /// It stays: a newer version adds fields at the end, which an older one does not read, and takes a record that ends
    /// early as one of an older version.
    private static let recordVersion: UInt8 = 2

    var record: [UInt8] {
        var writer = RecordWriter()
        writer.write(byte: Self.recordVersion)
        writer.write(role)
        writer.write(version)
        writer.write(address)
        writer.write(signed: seenAt)
        writer.write(signed: Int64(inFlight))
        writer.write(signed: Int64(turns))
        writer.write(UInt64(min(tenants.count, Self.mostTenants)))
        for tenant in tenants.prefix(Self.mostTenants) { writer.write(tenant) }
        writer.write(signed: Int64((cpu * 1000).rounded()))
        writer.write(signed: memoryBytes)
        writer.write(signed: Int64(loopLagMilliseconds))
        writer.write(byte: isDraining ? 1 : 0)
        writer.write(signed: Int64(protocolVersion))
        writer.write(library)
        writer.write(keyGeneration)
        return writer.bytes
    }

    /// Reads a record of any version; what it does not hold is at its default.
    init(id: String, record: [UInt8]) {
        self.init(id: id, role: "unknown", version: "", address: "", seenAt: 0, inFlight: 0)
        // A field that cannot be read is the last: what came before it is shown all the same.
        try? read(record)
    }

    private mutating func read(_ record: [UInt8]) throws(RecordError) {
        var reader = RecordReader(record)
        guard try reader.readByte() == Self.recordVersion else { return }
        role = try reader.readString()
        version = try reader.readString()
        address = try reader.readString()
        seenAt = try reader.readInt()
        inFlight = Int(try reader.readInt())
        turns = Int(try reader.readInt())
        for _ in 0..<(try reader.readCount()) { tenants.append(try reader.readString()) }
        cpu = Double(try reader.readInt()) / 1000
        memoryBytes = try reader.readInt()
        loopLagMilliseconds = Int(try reader.readInt())
        isDraining = try reader.readByte() == 1
        protocolVersion = Int(try reader.readInt())
        library = try reader.readString()
        keyGeneration = try reader.readString()
    }
}
