import TocsinCore

/// The servers that are spoken to without the proxy: `NO_PROXY`, `no_proxy`.
///
/// The rules are those of `golang.org/x/net/http/httpproxy`: entries between commas are a name, which stands for the
/// names below it too, a name that starts with a dot or `*.`, which stands for those below it alone, an address, a block
/// of addresses, each but the last with a port or without, or `*` for all. This very machine is always an exception.
public struct ProxyExceptions: Sendable, Hashable {
    private struct Name: Hashable {
        /// Starts with a dot.
        let suffix: String
        let port: String
        let matchesItself: Bool
    }

    private struct Address: Hashable {
        let address: IPAddress
        let port: String
    }

    private var matchesAll = false
    private var networks: [IPNetwork] = []
    private var addresses: [Address] = []
    private var names: [Name] = []

    /// Reads a list; what is no entry is left out, as Go does.
    public init(_ text: String) {
        for part in text.split(separator: ",") {
            let entry = String(part.trimmed).lowercased()
            guard !entry.isEmpty else { continue }
            guard entry != "*" else {
                matchesAll = true
                return
            }
            add(entry)
        }
    }

    private mutating func add(_ entry: String) {
        if let network = IPNetwork(asGo: entry) { return networks.append(network) }
        var (host, port) = ProxyExceptions.split(entry) ?? (entry, "")
        if host.hasPrefix("["), host.hasSuffix("]"), host.count > 1, host != entry {
            host = String(host.dropFirst().dropLast())
        }
        guard !host.isEmpty else { return }
        if let address = IPAddress(host) { return addresses.append(Address(address: address, port: port)) }
        if host.hasPrefix("*.") { host.removeFirst() }
        let isDotted = host.hasPrefix(".")
        names.append(Name(suffix: isDotted ? host : "." + host, port: port, matchesItself: !isDotted))
    }

    /// Go's `net.SplitHostPort`, or nothing where it fails.
    private static func split(_ text: String) -> (host: String, port: String)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let port = String(text[text.index(after: colon)...])
        guard text.hasPrefix("[") else {
            let host = text[..<colon]
            guard !host.contains(where: { ":[]".contains($0) }), !port.contains(where: { "[]".contains($0) }) else {
                return nil
            }
            return (String(host), port)
        }
        guard let end = text.firstIndex(of: "]"), text.index(after: end) == colon else { return nil }
        let host = text[text.index(after: text.startIndex)..<end]
        guard !host.contains("["), !port.contains(where: { "[]".contains($0) }) else { return nil }
        return (String(host), port)
    }

    /// Whether a server is spoken to without the proxy.
    ///
    /// - Parameter host: Without brackets.
    public func contains(host: String, port: Int) -> Bool {
        if host == "localhost" { return true }
        let address = IPAddress(host)
        if let address, address.isLoopback || matchesAll { return true }
        let (name, port) = (String(host.trimmed).lowercased(), String(port))
        if let address {
            if networks.contains(where: { $0.contains(address) }) { return true }
            if addresses.contains(where: { $0.address == address && ($0.port.isEmpty || $0.port == port) }) {
                return true
            }
        }
        return matchesAll
            || names.contains { entry in
                (name.hasSuffix(entry.suffix) || (entry.matchesItself && "." + name == entry.suffix))
                    && (entry.port.isEmpty || entry.port == port)
            }
    }
}

extension IPNetwork {
    /// Reads a block as Go's `net.ParseCIDR` does: bits after the prefix count for nothing, an address alone is none.
    fileprivate init?(asGo text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]), parts[1].utf8.count <= 3,
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(parts[1])
        else { return nil }
        // `::ffff:10.0.0.0/104` is a block of version 4.
        self.init(of: address, prefix: parts[0].contains(":") && address.isVersion4 ? length - 96 : length)
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    fileprivate var trimmed: SubSequence {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return self[endIndex...] }
        return self[first...last]
    }
}
