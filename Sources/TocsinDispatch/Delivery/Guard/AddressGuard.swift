public import TocsinCore

/// Which addresses a delivery may go to: those that are reachable for everybody, and what the operator allows besides.
///
/// A receiver's address is a tenant's text, and the worker stands where the tenant does not: beside databases, other services
/// and the cloud's metadata. Source of the ranges: IANA's registries of special-purpose addresses (RFC 6890) for IPv4 and
/// IPv6, and the clouds' documentation for their metadata.
public struct AddressGuard: Sendable {
    /// What is wrong with an address.
    public enum Range: String, Sendable, Hashable, CaseIterable {
        /// The machine itself.
        case loopback
        /// A network that is not reachable from outside.
        case privateNetwork = "private"
        /// The same cable.
        case linkLocal = "link_local"
        /// Where a cloud tells its machines their secrets.
        case metadata
        /// Many machines at once.
        case multicast
        /// Nothing that could be a receiver: documentation, benchmarks, the future.
        case reserved
    }

    /// What the operator allows besides.
    public let allowed: [IPNetwork]

    /// - Parameter allowed: Networks that receivers may be in although not everybody can reach them. An address where a cloud
    ///   has its metadata is allowed only by an entry of its own.
    public init(allowed: [IPNetwork] = []) { self.allowed = allowed }

    /// Allows everything but the clouds' metadata, for a deployment whose operator is its only tenant.
    public static let open = AddressGuard(
        allowed: ["0.0.0.0/0", "::/0"].compactMap { IPNetwork($0) })

    /// Why nothing is sent to an address; `nil` if it may be.
    public func refusal(of address: IPAddress) -> Range? {
        let inner = Self.inner(address)
        let range = Self.range(of: inner) ?? Self.range(of: address, meaning: inner)
        guard let range else { return nil }
        let isAllowed = allowed.contains { network in
            (network.contains(address) || network.contains(inner)) && (range != .metadata || network.isSingle)
        }
        return isAllowed ? nil : range
    }

    /// What an address of version 6 is of its own, if the one of version 4 in it is nothing special.
    private static func range(of address: IPAddress, meaning inner: IPAddress) -> Range? {
        // A translated address is as good as the one that it stands for.
        address == inner || translated?.contains(address) == true ? nil : range(of: address)
    }

    private static func range(of address: IPAddress) -> Range? {
        let table = address.isVersion4 ? version4 : version6
        if let found = table.first(where: { $0.network.contains(address) }) { return found.range }
        guard !address.isVersion4, let global, !global.contains(address) else { return nil }
        return .reserved
    }

    /// The address of version 4 that one of version 6 stands for, or else the address itself.
    private static func inner(_ address: IPAddress) -> IPAddress {
        guard !address.isVersion4 else { return address }
        let bytes = address.bytes
        let found: [UInt8]? =
            if embedding.contains(where: { $0.contains(address) }) {
                Array(bytes[12...])
            } else if sixToFour?.contains(address) == true {
                Array(bytes[2..<6])
            } else if teredo?.contains(address) == true {
                bytes[12...].map { ~$0 }
            } else if bytes[8] & 0xFD == 0, bytes[9...11].elementsEqual([0, 0x5E, 0xFE]) {
                // ISATAP, RFC 5214, section 6.1.
                Array(bytes[12...])
            } else { nil }
        return found.flatMap { IPAddress(bytes: $0) } ?? address
    }

    /// Compatible and translated addresses, whose last four bytes are one of version 4; mapped ones are one already.
    private static let embedding = networks(
        "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
    /// Those that lead to the address that they stand for: NAT64, RFC 6052.
    private static let translated = IPNetwork("64:ff9b::/96")
    private static let sixToFour = IPNetwork("2002::/16")
    private static let teredo = IPNetwork("2001::/32")
    private static let global = IPNetwork("2000::/3")

    private static func networks(_ texts: String...) -> [IPNetwork] { texts.compactMap { IPNetwork($0) } }

    private static func rows(_ rows: KeyValuePairs<String, Range>) -> [(network: IPNetwork, range: Range)] {
        rows.compactMap { row in IPNetwork(row.key).map { ($0, row.value) } }
    }

    private static let version4 = rows([
        // AWS, Google, Azure, Oracle, DigitalOcean and others; AWS' containers and pods; Alibaba; Oracle; Azure's host;
        // Scaleway; Tencent.
        "169.254.169.254": .metadata, "169.254.170.2": .metadata, "169.254.170.23": .metadata,
        "100.100.100.200": .metadata, "192.0.0.192": .metadata, "168.63.129.16": .metadata,
        "169.254.42.42": .metadata, "169.254.0.23": .metadata,
        "0.0.0.0/8": .loopback, "127.0.0.0/8": .loopback,
        "10.0.0.0/8": .privateNetwork, "100.64.0.0/10": .privateNetwork, "172.16.0.0/12": .privateNetwork,
        "192.168.0.0/16": .privateNetwork,
        "169.254.0.0/16": .linkLocal,
        "192.0.0.0/24": .reserved, "192.0.2.0/24": .reserved, "192.88.99.0/24": .reserved, "198.18.0.0/15": .reserved,
        "198.51.100.0/24": .reserved, "203.0.113.0/24": .reserved,
        "224.0.0.0/4": .multicast, "240.0.0.0/4": .reserved,
    ])

    private static let version6 = rows([
        // AWS and its pods, Google, Scaleway.
        "fd00:ec2::254": .metadata, "fd00:ec2::23": .metadata, "fd20:ce::254": .metadata, "fd00:42::42": .metadata,
        "::1": .loopback, "::": .loopback,
        "fc00::/7": .privateNetwork, "fec0::/10": .privateNetwork, "64:ff9b:1::/48": .privateNetwork,
        "fe80::/10": .linkLocal, "ff00::/8": .multicast,
        "2001::/23": .reserved, "2001:db8::/32": .reserved, "3fff::/20": .reserved,
    ])
}
