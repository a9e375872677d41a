import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Twelve bytes that a key must never see twice.
struct SealingNonce: Hashable, Sendable {
    static let size = 12

    private let head: UInt64
    private let tail: UInt32

    /// Takes the first twelve bytes.
    init(_ bytes: UnsafeRawBufferPointer) {
        head = bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
        tail = bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
    }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeBytes(of: self) { try body(UnsafeRawBufferPointer(rebasing: $0.prefix(Self.size))) }
    }
}

/// Hands out random 96-bit nonces, each one once.
///
/// **Why random nonces are safe here.** NIST SP 800-38D, section 8.3, allows 2^32 seals under one key with random 96-bit
/// nonces: the chance that any two of them are equal is then below 2^64 / 2^97 = 2^-33. RFC 8439's cipher has nonces of
/// the same size and the same bound. A counter would need a place that no two processes, restarts or restored backups
/// share; randomness needs none. A key's seals are counted (``DataKey/sealsSinceStart``), so that it is replaced long
/// before the bound.
///
/// **Why in blocks.** A library that draws a nonce per seal pays two system calls for it, a third of the price of sealing
/// a small record. One call here brings 21 nonces, the most that `getentropy` gives at once (256 bytes). A nonce leaves the block under the lock and its place is wiped, so
/// no caller can get it again and no later memory dump shows which nonces were used.
///
/// The block would repeat in a copy of the running process (`fork` without `exec`, a machine cloned while it runs);
/// Tocsin does neither, and such a clone also shares its TLS sessions' keys.
final class NonceSource: Sendable {
    static let shared = NonceSource(fill: NonceSource.fillFromSystem)
    static let noncesPerBlock = 21

    private struct Block {
        var bytes = [UInt8](repeating: 0, count: NonceSource.noncesPerBlock * SealingNonce.size)
        var used = NonceSource.noncesPerBlock
    }

    private let block = Mutex(Block())
    private let fill: @Sendable (UnsafeMutableRawBufferPointer) -> Void

    init(fill: @escaping @Sendable (UnsafeMutableRawBufferPointer) -> Void) { self.fill = fill }

    func draw() -> SealingNonce {
        block.withLock { block in
            if block.used == Self.noncesPerBlock {
                block.bytes.withUnsafeMutableBytes { fill($0) }
                block.used = 0
            }
            let start = block.used * SealingNonce.size
            block.used += 1
            return block.bytes.withUnsafeMutableBytes { bytes in
                let place = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + SealingNonce.size])
                let nonce = SealingNonce(UnsafeRawBufferPointer(place))
                place.initializeMemory(as: UInt8.self, repeating: 0)
                return nonce
            }
        }
    }

    /// Fills from the kernel's generator in one call; where that fails, from Swift's, a call for every byte.
    static func fillFromSystem(_ buffer: UnsafeMutableRawBufferPointer) {
        #if canImport(Glibc) || canImport(Musl)
            if let base = buffer.baseAddress, getentropy(base, buffer.count) == 0 { return }
        #endif
        var generator = SystemRandomNumberGenerator()
        for index in buffer.indices { buffer[index] = UInt8.random(in: .min ... .max, using: &generator) }
    }
}
