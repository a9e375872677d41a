import ArgumentParser
import Crypto
import Foundation
import TocsinCore
import TocsinSealing

/// Nodes that know each other by nothing but their flags.
///
/// All of them find the same first node, the same password and the same root key from the addresses and the label. That
/// keeps out strangers who came by mistake, not attackers, exactly as Alertmanager's gossip does.
struct AlertmanagerCluster {
    /// A node's place in the network.
    struct Address: Hashable, Comparable, CustomStringConvertible {
        let host: String
        let port: Int

        init?(_ text: String) {
            guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
                (1...65_535).contains(port)
            else { return nil }
            host = text[..<colon].trimmingCharacters(in: ["[", "]"])
            self.port = port
        }

        var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

        static func < (left: Address, right: Address) -> Bool { (left.host, left.port) < (right.host, right.port) }
    }

    /// All nodes, this one too, in the order of their addresses.
    let nodes: [Address]
    /// This node, as the others know it.
    let own: Address
    /// Where this node listens.
    let listened: Address
    private let secret: [UInt8]

    /// The node whose Redis server all share.
    var first: Address { nodes[0] }
    /// Whether that is this one.
    var isFirst: Bool { first == own }
    /// What opens that server.
    var password: String { Hexadecimal.encode(derive("password")) }
    /// The root key where nobody has given one.
    var rootKey: RootKey { .derived(from: derive("root key")) }

    /// - Returns: `nil` if no other node is named.
    init?(listening: String, advertised: String?, peers: [String], label: String) throws {
        func read(_ text: String, _ flag: String) throws -> Address {
            guard let address = Address(text) else {
                throw ValidationError("--cluster.\(flag): expected host:port, not '\(text)'")
            }
            return address
        }
        let named = Set(try peers.map { try read($0, "peer") })
        guard !named.isEmpty else { return nil }
        listened = try read(listening, "listen-address")
        own = try advertised.map { try read($0, "advertise-address") } ?? Self.find(listened, among: named)
        nodes = named.union([own]).sorted()
        guard nodes.count > 1 else { return nil }
        secret = Array((["tocsin", label] + nodes.map(\.description)).joined(separator: "\n").utf8)
    }

    /// The name by which the others know an address that stands for all of a host's.
    private static func find(_ address: Address, among nodes: Set<Address>) throws -> Address {
        guard address.host.isEmpty || address.host == "0.0.0.0" || address.host == "::" else { return address }
        let names = Set(Host.current().names + Host.current().addresses)
        if let match = nodes.first(where: { names.contains($0.host) && $0.port == address.port }) { return match }
        throw ValidationError(
            "this node cannot tell which address the others know it by: name it with --cluster.advertise-address, or "
                + "give all nodes one Redis server with --redis")
    }

    private func derive(_ purpose: String) -> [UInt8] {
        Array(SHA256.hash(data: Array("tocsin cluster \(purpose)\n".utf8) + secret))
    }
}
