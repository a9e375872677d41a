/// The offsets of a zone through time, from a TZif file (RFC 8536).
struct TimeZoneFile {
    struct Local: Equatable {
        let offset: Int32
        let name: String
    }

    private let transitions: [(at: Int64, type: Int)]
    private let types: [Local]
    private let first: Local
    /// What holds behind the last transition.
    private let rule: TimeZoneRule?

    /// Reads a file of version 2 or later, or answers `nil` if it is damaged.
    init?(_ bytes: [UInt8]) {
        guard let old = Header(bytes, at: 0), old.version >= UInt8(ascii: "2") else { return nil }
        let start = Header.length + old.dataLength(timeSize: 4)
        guard let header = Header(bytes, at: start) else { return nil }
        let data = start + Header.length
        let end = data + header.dataLength(timeSize: 8)
        guard end <= bytes.count, header.typeCount > 0 else { return nil }
        let indexes = data + 8 * header.timeCount
        let infos = indexes + header.timeCount
        let names = infos + 6 * header.typeCount
        var types: [Local] = []
        for type in 0..<header.typeCount {
            let info = infos + 6 * type
            let nameStart = names + Int(bytes[info + 5])
            guard nameStart < names + header.nameLength else { return nil }
            let name = bytes[nameStart..<(names + header.nameLength)].prefix { $0 != 0 }
            let offset = Int32(truncatingIfNeeded: Header.number(bytes, at: info, size: 4))
            types.append(Local(offset: offset, name: String(decoding: name, as: UTF8.self)))
        }
        var transitions: [(at: Int64, type: Int)] = []
        for index in 0..<header.timeCount {
            let type = Int(bytes[indexes + index])
            guard type < types.count else { return nil }
            transitions.append((Header.number(bytes, at: data + 8 * index, size: 8), type))
        }
        self.types = types
        self.transitions = transitions
        first = types[0]
        let footer = bytes[end...].dropFirst().prefix { $0 != 0x0A }
        rule = TimeZoneRule(String(decoding: footer, as: UTF8.self))
    }

    /// What the clocks of the zone show.
    func local(at seconds: Int64) -> Local {
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].at <= seconds { low = middle + 1 } else { high = middle }
        }
        if low == transitions.count, let rule { return rule.local(at: seconds) }
        return low == 0 ? first : types[transitions[low - 1].type]
    }

    private struct Header {
        static let length = 44

        let version: UInt8
        private let counts: [Int]

        init?(_ bytes: [UInt8], at start: Int) {
            guard start + Self.length <= bytes.count, bytes[start..<start + 4].elementsEqual("TZif".utf8) else {
                return nil
            }
            version = bytes[start + 4]
            counts = (0..<6).map { Int(Self.number(bytes, at: start + 20 + 4 * $0, size: 4)) }
            guard counts.allSatisfy({ (0...100_000).contains($0) }) else { return nil }
        }

        var timeCount: Int { counts[3] }
        var typeCount: Int { counts[4] }
        var nameLength: Int { counts[5] }

        func dataLength(timeSize: Int) -> Int {
            timeCount * (timeSize + 1) + typeCount * 6 + nameLength + counts[2] * (timeSize + 4) + counts[1] + counts[0]
        }

        /// A signed number, the highest byte first.
        static func number(_ bytes: [UInt8], at start: Int, size: Int) -> Int64 {
            let value = bytes[start..<start + size].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return size == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
        }
    }
}
