/// The name of a tenant: 1 to 64 characters of `a-z 0-9 - _ .`, starting with a letter or digit.
///
/// The narrow alphabet is what lets a tenant stand in a key name, a path, a metric label and a file name as it is.
public struct TenantID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The name itself.
    public let name: String

    /// Accepts a well-formed name, or answers `nil`.
    public init?(_ name: String) {
        guard TenantID.isValid(name.utf8) else { return nil }
        self.name = name
    }

    /// Where what belongs to no tenant alone is kept, such as the deployment's own audit log.
    ///
    /// It is no well-formed name, so that no tenant can have it.
    public static let deployment = TenantID(unchecked: "_deployment")

    private init(unchecked name: String) { self.name = name }

    /// Whether these bytes make a well-formed name.
    public static func isValid(_ bytes: some Collection<UInt8>) -> Bool {
        guard let first = bytes.first, bytes.count <= 64, isAlphanumeric(first) else { return false }
        return bytes.allSatisfy {
            isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// The name.
    public var description: String { name }

    /// By name.
    public static func < (left: TenantID, right: TenantID) -> Bool { left.name < right.name }
}
