#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An address of the Internet Protocol, version 4 or 6; one of version 4 that is written as one of version 6
/// (`::ffff:10.0.0.1`, RFC 4291, section 2.5.5.2) is the address that it stands for.
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16 bytes, in network order.
    public let bytes: [UInt8]

    private static let mapped: [UInt8] = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]

    /// An address of these bytes; `nil` unless there are 4 or 16.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes.count == 16 && bytes.starts(with: Self.mapped) ? Array(bytes[12...]) : bytes
    }

    /// Reads an address in its usual form: four decimal numbers, or RFC 4291, section 2.2.
    ///
    /// A zone (`%eth0`) is no part of it.
    /// The forms that only C's old functions know, `127.1` or `0x7f000001`, are no addresses here.
    public init?(_ text: some StringProtocol) {
        let text = String(text)
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(bytes: withUnsafeBytes(of: &four) { Array($0) })
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            self.init(bytes: withUnsafeBytes(of: &six) { Array($0) })
        } else {
            return nil
        }
    }

    /// Whether it is one of version 4.
    public var isVersion4: Bool { bytes.count == 4 }

    /// Whether it is the machine itself: 127.0.0.0/8 or `::1`.
    public var isLoopback: Bool {
        isVersion4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }

    /// The usual form.
    public var description: String {
        guard !isVersion4 else { return bytes.map(String.init).joined(separator: ".") }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, bytes, &buffer, socklen_t(buffer.count)) != nil else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// A range of addresses: those that begin with the same bits.
public struct IPNetwork: Sendable, Hashable, CustomStringConvertible {
    /// The first address; the bits after the prefix are zero.
    public let address: IPAddress
    /// How many bits all addresses have in common.
    public let prefix: Int

    /// Reads `10.0.0.0/8`, `fd00::/8`, or an address alone, which stands for itself; `nil` for anything else, also for an
    /// address with bits after the prefix, which is a slip of the pen.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let address = IPAddress(first) else { return nil }
        guard parts.count == 2 else {
            self.init(of: address, prefix: address.bytes.count * 8)
            return
        }
        guard let prefix = Int(parts[1]), String(prefix) == parts[1] else { return nil }
        self.init(of: address, prefix: prefix)
        guard self.address == address else { return nil }
    }

    /// The network of an address; `nil` if addresses have not as many bits.
    ///
    /// - Parameter prefix: How many bits all addresses of the network have in common.
    public init?(of address: IPAddress, prefix: Int) {
        let bytes = address.bytes
        guard (0...bytes.count * 8).contains(prefix) else { return nil }
        let first = bytes.indices.map {
            bytes[$0] & UInt8(truncatingIfNeeded: 0xFF00 >> min(8, max(0, prefix - $0 * 8)))
        }
        guard let first = IPAddress(bytes: first), first.bytes.count == bytes.count else { return nil }
        (self.address, self.prefix) = (first, prefix)
    }

    /// Whether an address is in it; one of another version never is.
    public func contains(_ other: IPAddress) -> Bool {
        guard other.bytes.count == address.bytes.count else { return false }
        let whole = prefix / 8
        guard other.bytes[..<whole].elementsEqual(address.bytes[..<whole]) else { return false }
        guard prefix % 8 != 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> (prefix % 8))
        return (other.bytes[whole] ^ address.bytes[whole]) & mask == 0
    }

    /// Whether it is one address alone.
    public var isSingle: Bool { prefix == address.bytes.count * 8 }

    /// `10.0.0.0/8`.
    public var description: String { "\(address)/\(prefix)" }
}
