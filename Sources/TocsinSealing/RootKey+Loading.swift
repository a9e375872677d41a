import TocsinCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension RootKey {
    /// Reads a root key from a file that only its owner may read.
    ///
    /// The file holds 64 hexadecimal digits, or base64 (44 characters), each with or without a newline, or the 32 bytes
    /// themselves.
    public static func load(file path: String) throws(SealingError) -> RootKey {
        guard let key = try loadIfPresent(file: path) else {
            throw SealingError(
                code: SealingError.rootKeyMissing,
                message: "there is no root key file \(path); make one with 'openssl rand -hex 32', or name the file "
                    + "that the other nodes use")
        }
        return key
    }

    /// A root key that a key service has unwrapped.
    ///
    /// - Throws: `SealingError` if it is no key of 32 random bytes.
    public init(unwrapped bytes: [UInt8], from source: String) throws(SealingError) {
        guard bytes.count == Self.size else {
            throw .malformedRootKey(source, "it has \(bytes.count) bytes")
        }
        try self.init(raw: bytes, from: source)
    }

    /// Reads a root key from an environment variable, or answers `nil` if it is not set.
    ///
    /// The value is 64 hexadecimal digits or base64 (44 characters).
    public static func load(
        environment: [String: String], variable: String = "TOCSIN_ROOT_KEY"
    ) throws(SealingError) -> RootKey? {
        guard let text = environment[variable] else { return nil }
        return try RootKey(text: trim(Array(text.utf8)), from: "the environment variable \(variable)")
    }

    /// Reads a root key from a file, making the file with a new random key if there is none.
    ///
    /// The new file appears under its name complete and synced, or not at all; of many processes that start at once, one
    /// makes it and all read the same key.
    public static func loadOrCreate(file path: String) throws(SealingError) -> RootKey {
        if let key = try loadIfPresent(file: path) { return key }
        try KeyFile.create(path, contents: RootKey.generate().fileText)
        return try load(file: path)
    }

    private static func loadIfPresent(file path: String) throws(SealingError) -> RootKey? {
        guard var bytes = try KeyFile.contents(of: path) else { return nil }
        let source = "the file \(path)"
        return try Wiping.using(&bytes) { (bytes) throws(SealingError) in
            guard bytes.count == size else { return try RootKey(text: trim(bytes), from: source) }
            return try RootKey(raw: bytes, from: source)
        }
    }

    private static func trim(_ bytes: [UInt8]) -> [UInt8] {
        let isBlank: (UInt8) -> Bool = { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        return Array(bytes.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }

    private init(text: [UInt8], from source: String) throws(SealingError) {
        let text = String(decoding: text, as: UTF8.self)
        switch text.utf8.count {
        case 64:
            guard var bytes = Hexadecimal.decode(text) else {
                throw .malformedRootKey(source, "its 64 characters are not all hexadecimal digits")
            }
            self = try Wiping.using(&bytes) { (bytes) throws(SealingError) in try RootKey(raw: bytes, from: source) }
        case 44:
            guard var data = Data(base64Encoded: text), data.count == Self.size else {
                throw .malformedRootKey(source, "its 44 characters are not base64 of 32 bytes")
            }
            var bytes = Array(data)
            data.resetBytes(in: 0..<data.count)
            self = try Wiping.using(&bytes) { (bytes) throws(SealingError) in try RootKey(raw: bytes, from: source) }
        default:
            throw .malformedRootKey(source, "it has \(text.utf8.count) characters")
        }
    }

    /// Refuses what cannot come from a random generator: a passphrase, or one byte over and over.
    private init(raw bytes: [UInt8], from source: String) throws(SealingError) {
        guard !bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .malformedRootKey(source, "its 32 bytes are all printable, so it is a text and not a random key")
        }
        guard Set(bytes).count > 1 else {
            throw .malformedRootKey(source, "all its bytes are the same")
        }
        self.init(bytes: bytes)
    }
}

extension SealingError {
    fileprivate static func malformedRootKey(_ source: String, _ reason: String) -> SealingError {
        SealingError(
            code: rootKeyMalformed,
            message: "\(source) holds no root key: \(reason); write 64 hexadecimal digits there, from "
                + "'openssl rand -hex 32'")
    }
}
