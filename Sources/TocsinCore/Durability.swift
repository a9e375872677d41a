/// What an accepted alert survives.
///
/// Written `memory`, `fsync` or `replicated:2`. A sender is told 200 only after the class is met.
public enum Durability: Sendable, Hashable, CustomStringConvertible {
    /// The end of any Tocsin process; of Redis' host, but for its last second.
    case memory
    /// The end of Redis' host: nothing is accepted before it is on disk.
    case fsync
    /// The loss of Redis' host with its disk: nothing is accepted before so many replicas have it.
    case replicated(Int)

    /// How many replicas can be asked for.
    public static let replicas = 1...8

    /// Reads a class as it is written in a configuration; `nil` if it is none.
    public init?(_ text: String) {
        switch text {
        case "memory": self = .memory
        case "fsync": self = .fsync
        default:
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0] == "replicated", let count = Int(parts[1]),
                Durability.replicas.contains(count)
            else { return nil }
            self = .replicated(count)
        }
    }

    /// The class as it is written in a configuration.
    public var description: String {
        switch self {
        case .memory: "memory"
        case .fsync: "fsync"
        case .replicated(let count): "replicated:\(count)"
        }
    }
}
