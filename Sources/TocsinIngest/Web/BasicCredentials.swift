import Foundation

/// A name and a password as a request brings them (RFC 7617).
struct BasicCredentials: Sendable {
    let user: [UInt8]
    let password: [UInt8]

    /// Reads an `Authorization` header, or answers `nil` if it brings none.
    init?(_ header: String) {
        let scheme = "basic "
        guard header.utf8.count > scheme.utf8.count, header.prefix(scheme.count).lowercased() == scheme,
            let data = Data(base64Encoded: String(header.dropFirst(scheme.count))),
            let colon = data.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        user = Array(data[..<colon])
        password = Array(data[data.index(after: colon)...])
    }
}
