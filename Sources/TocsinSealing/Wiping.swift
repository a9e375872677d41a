#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Bytes of secrets, which are overwritten when they have been used.
///
/// A key that is kept is a `SymmetricKey`, whose memory the library overwrites. This is for the bytes on the way there; a copy
/// that Swift has made of an array is out of reach.
enum Wiping {
    /// Uses bytes, and overwrites them.
    static func using<Result, Failure: Error>(
        _ bytes: inout [UInt8], _ body: ([UInt8]) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { wipe(&bytes) }
        return try body(bytes)
    }

    /// Overwrites bytes, in a way that no compiler leaves out.
    static func wipe(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { buffer in
            guard let start = buffer.baseAddress else { return }
            explicit_bzero(start, buffer.count)
        }
    }
}
