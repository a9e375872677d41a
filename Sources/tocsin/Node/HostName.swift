import Foundation

/// This machine's name.
enum HostName {
    /// The name as the kernel knows it; Foundation would ask the network, which takes time and may give another one.
    static let own: String = {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return bytes.isEmpty ? "localhost" : String(decoding: bytes, as: UTF8.self)
    }()
}
