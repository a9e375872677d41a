import Crypto
import TocsinCore

/// A tenant's key for hashes that stand in key names and indexes, so that a hash of alert contents tells nobody what the
/// contents were, and equal contents of two tenants have different hashes.
public struct IndexKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let secret: SymmetricKey

    init(secret: SymmetricKey) { self.secret = secret }

    /// Sixteen bytes of HMAC-SHA256 over a label and parts.
    ///
    /// The label keeps uses apart. Label and parts are preceded by their lengths, so `["ab", "c"]` and `["a", "bc"]`
    /// differ.
    public func hash(label: String, parts: [some Collection<UInt8>]) -> [UInt8] {
        var message: [UInt8] = []
        message.reserveCapacity(parts.reduce(8 + label.utf8.count) { $0 + 8 + $1.count })
        append(label.utf8, to: &message)
        for part in parts { append(part, to: &message) }
        return Array(HMAC<SHA256>.authenticationCode(for: message, using: secret).prefix(16))
    }

    /// Sixteen bytes of HMAC-SHA256 over a label and texts.
    public func hash(label: String, parts: [String]) -> [UInt8] {
        hash(label: label, parts: parts.map(\.utf8))
    }

    /// ``hash(label:parts:)`` as 32 hexadecimal digits.
    public func hashHex(label: String, parts: [some Collection<UInt8>]) -> String {
        Hexadecimal.encode(hash(label: label, parts: parts))
    }

    /// ``hash(label:parts:)`` as 32 hexadecimal digits.
    public func hashHex(label: String, parts: [String]) -> String {
        Hexadecimal.encode(hash(label: label, parts: parts))
    }

    private func append(_ part: some Collection<UInt8>, to message: inout [UInt8]) {
        message.append(bigEndian: UInt64(part.count))
        message.append(contentsOf: part)
    }

    /// Always `IndexKey`.
    public var description: String { "IndexKey" }
    /// Always `IndexKey`.
    public var debugDescription: String { description }
    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
