public import TocsinCore
public import TocsinRouting

/// A batch of a tenant's alerts as it goes into its queue, and as it is restored there should a failover lose it.
public struct SealedBatch: Sendable, Hashable {
    /// The name under which Redis remembers a batch.
    ///
    /// Random: two of them are the same once in 10^19 times. The two parts say in which of the shard's sets the number is
    /// remembered, and the number, because Redis keeps small sets of numbers in 8 bytes each.
    struct ID: Sendable, Hashable {
        static let sets: UInt8 = 128

        let set: UInt8
        let number: Int64

        static func random() -> ID {
            ID(set: .random(in: 0..<sets), number: .random(in: 0...Int64.max))
        }

        var text: String { "\(set):\(number)" }
    }

    /// Whose alerts they are.
    public let tenant: TenantID
    /// How many alerts it holds.
    public let alerts: Int
    /// From whom it was taken.
    public let origin: BatchOrigin
    /// When Redis took it; `nil` before.
    public internal(set) var acceptedAt: Timestamp?
    let id: ID
    let shard: Int
    /// The tenant's weight, without which its turn could not be ordered.
    let weight: Int
    /// The key under which it is sealed, as Redis keeps it, should the failover lose that too.
    let dataKey: [UInt8]
    var sealed: [UInt8]

    /// How much memory it takes, roughly.
    public var size: Int { sealed.count + 192 }
}

extension SealedBatch {
    /// Reads what ``encoded()`` wrote; `nil` for anything else.
    public init?(decoding bytes: [UInt8]) {
        var reader = RecordReader(bytes)
        guard let format = try? reader.readByte(), (1...2).contains(format), let name = try? reader.readString(),
            let tenant = TenantID(name),
            let alerts = try? reader.readInt(), let at = try? reader.readInt(), let set = try? reader.readByte(),
            let number = try? reader.readInt(), let shard = try? reader.readInt(), let weight = try? reader.readInt(),
            let key = try? reader.readBytes(), let sealed = try? reader.readBytes(), number >= 0, set < ID.sets
        else { return nil }
        self.tenant = tenant
        self.alerts = Int(alerts)
        acceptedAt = Timestamp(milliseconds: at)
        id = ID(set: set, number: number)
        self.shard = Int(shard)
        self.weight = Int(weight)
        dataKey = key
        self.sealed = sealed
        // The first format did not know from whom a batch was.
        guard let origin = format == 1 ? "" : try? reader.readString() else { return nil }
        self.origin = BatchOrigin(text: origin)
    }

    /// The batch as a file keeps it: sealed as it was, with what Redis is told beside it.
    public func encoded() -> [UInt8] {
        var writer = RecordWriter()
        writer.write(byte: 2)
        writer.write(tenant.name)
        writer.write(signed: Int64(alerts))
        writer.write(signed: acceptedAt?.milliseconds ?? 0)
        writer.write(byte: id.set)
        writer.write(signed: id.number)
        writer.write(signed: Int64(shard))
        writer.write(signed: Int64(weight))
        writer.write(dataKey)
        writer.write(sealed)
        writer.write(origin.text)
        return writer.bytes
    }
}
