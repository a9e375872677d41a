/// Which masters there are, and which of them has which keys.
struct ServerLayout: Sendable, Hashable {
    /// The masters.
    var servers: [RedisConfiguration.Endpoint]
    /// For each slot of a cluster the place of its master among ``servers``; `nil` if one server has everything.
    var slots: SlotMap?

    /// A layout with one server.
    init(_ server: RedisConfiguration.Endpoint) { servers = [server] }

    /// A cluster's layout.
    init(servers: [RedisConfiguration.Endpoint], slots: SlotMap) { (self.servers, self.slots) = (servers, slots) }

    /// The server that has a key; `nil` if none has it.
    func server(of key: ArraySlice<UInt8>?) -> RedisConfiguration.Endpoint? {
        guard let slots, let key else { return servers.first }
        return slots.place(of: SlotMap.slot(of: key)).map { servers[$0] }
    }
}

/// For each slot of a cluster, the place of the server that has it.
struct SlotMap: Sendable, Hashable {
    /// How many slots a cluster has.
    static let count = 16_384
    private static let nowhere = UInt16.max

    private var places = [UInt16](repeating: nowhere, count: count)

    mutating func assign(_ slots: ClosedRange<Int>, to place: Int) {
        for slot in slots.clamped(to: 0...(Self.count - 1)) { places[slot] = UInt16(clamping: place) }
    }

    func place(of slot: Int) -> Int? { places[slot] == Self.nowhere ? nil : Int(places[slot]) }

    /// The slot of a key: CRC-16 (XMODEM) of its hash tag, or of all of it, modulo 16,384.
    ///
    /// <https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags>
    static func slot(of key: ArraySlice<UInt8>) -> Int {
        var hashed = key
        if let open = key.firstIndex(of: UInt8(ascii: "{")),
            let close = key[(open + 1)...].firstIndex(of: UInt8(ascii: "}")), close > open + 1
        {
            hashed = key[(open + 1)..<close]
        }
        return Int(crc16(hashed)) % count
    }

    private static func crc16(_ bytes: ArraySlice<UInt8>) -> UInt16 {
        var crc: UInt16 = 0
        for byte in bytes {
            crc ^= UInt16(byte) << 8
            for _ in 0..<8 { crc = crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021 }
        }
        return crc
    }
}
