#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An address of IPv4 or IPv6, as Go's `net.IP` compares them: `::ffff:10.0.0.1` is `10.0.0.1`.
struct IPAddress: Hashable {
    /// 16 bytes; an address of IPv4 is written as one of IPv6.
    let bytes: [UInt8]

    private static let mappedPrefix: [UInt8] = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]

    /// Reads an address without brackets and without a zone.
    init?(_ text: some StringProtocol) {
        var four = in_addr()
        var six = in6_addr()
        let text = String(text)
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = IPAddress.mappedPrefix + withUnsafeBytes(of: four) { [UInt8]($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = withUnsafeBytes(of: six) { [UInt8]($0) }
        } else {
            return nil
        }
    }

    fileprivate init(bytes: [UInt8]) { self.bytes = bytes }

    var isIPv4: Bool { bytes.starts(with: IPAddress.mappedPrefix) }

    var isLoopback: Bool {
        isIPv4 ? bytes[12] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }
}

/// A block of addresses: `10.0.0.0/8`, `2001:db8::/32`.
struct IPNetwork: Hashable {
    private let first: IPAddress
    private let mask: [UInt8]

    /// Reads a block as Go's `net.ParseCIDR` does.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]), parts[1].utf8.count <= 3,
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), var length = Int(parts[1])
        else { return nil }
        if !parts[0].contains(":") {
            guard length <= 32 else { return nil }
            length += 96
        }
        guard length <= 128 else { return nil }
        let mask = (0..<16).map { index in UInt8(truncatingIfNeeded: 0xFF00 >> min(8, max(0, length - index * 8))) }
        self.mask = mask
        first = IPAddress(bytes: zip(address.bytes, mask).map { $0 & $1 })
    }

    func contains(_ address: IPAddress) -> Bool {
        guard address.isIPv4 == first.isIPv4 else { return false }
        return zip(address.bytes, mask).map { $0 & $1 } == first.bytes
    }
}
