/// Reads what the functions pack with MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md): a map whose
/// keys and values are strings.
struct PackedFields {
    private let packed: [UInt8]
    private var position = 0

    /// The obligations of a packed notification.
    static func owed(in packed: [UInt8]) -> Int? {
        read(packed)?["o"].flatMap { Int(String(decoding: $0, as: UTF8.self)) }
    }

    /// All fields, or `nil` if this is no map of strings.
    static func read(_ packed: [UInt8]) -> [String: [UInt8]]? {
        var reader = PackedFields(packed: packed)
        return reader.readMap()
    }

    private init(packed: [UInt8]) { self.packed = packed }

    private mutating func readMap() -> [String: [UInt8]]? {
        guard let head = readInteger(bytes: 1) else { return nil }
        let count: Int? =
            switch head {
            case 0x80...0x8F: head & 0x0F
            case 0xDE: readInteger(bytes: 2)
            default: nil
            }
        guard let count else { return nil }
        var fields: [String: [UInt8]] = [:]
        for _ in 0..<count {
            guard let key = readString(), let value = readString() else { return nil }
            fields[String(decoding: key, as: UTF8.self)] = value
        }
        return fields
    }

    private mutating func readString() -> [UInt8]? {
        guard let head = readInteger(bytes: 1) else { return nil }
        let length: Int? =
            switch head {
            case 0xA0...0xBF: head & 0x1F
            case 0xD9: readInteger(bytes: 1)
            case 0xDA: readInteger(bytes: 2)
            case 0xDB: readInteger(bytes: 4)
            default: nil
            }
        guard let length, length <= packed.count - position else { return nil }
        defer { position += length }
        return Array(packed[position..<position + length])
    }

    private mutating func readInteger(bytes width: Int) -> Int? {
        guard width <= packed.count - position else { return nil }
        defer { position += width }
        return packed[position..<position + width].reduce(0) { $0 << 8 | Int($1) }
    }
}
