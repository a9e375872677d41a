import Foundation

/// Finds TCP ports on loopback that nothing listens at.
public enum FreePort {
    /// No port could be had.
    public struct Exhausted: Error {}

    /// A port that was free a moment ago.
    ///
    /// Another process may take it before it is used, which is rare: the kernel hands out ports from a wide range. A server
    /// that can choose its own port and say which is better off with port 0.
    public static func find() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Exhausted() }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let found = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard found else { throw Exhausted() }
        return Int(in_port_t(bigEndian: address.sin_port))
    }
}
