#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Files that hold a secret: read only if nobody else can, written so that they are whole or absent.
public enum KeyFile {
    /// No key in any spelling is longer.
    private static let sizeLimit = 4096

    /// The file's bytes, or `nil` if there is no such file.
    static func contents(of path: String) throws(SealingError) -> [UInt8]? {
        // Not to wait for a writer if the path is a pipe; what it is, is checked below.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            if errno == EACCES || errno == EPERM {
                throw permissions("\(path) cannot be opened: \(reason()); make the user that runs Tocsin its owner")
            }
            throw failed("\(path) cannot be opened: \(reason())")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failed("\(path) cannot be examined: \(reason())") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw failed("\(path) is not a regular file") }
        guard isPrivate(mode: status.st_mode, owner: status.st_uid, reader: geteuid()) else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw permissions("\(path) is open to other users (mode \(mode)): run 'chmod 600 \(path)'")
        }
        return try readAll(descriptor, path)
    }

    /// Whether a file's mode keeps everybody out but its reader.
    ///
    /// A file of root's may be read by a group: so Kubernetes hands a secret to a user that is not root. PostgreSQL takes
    /// its key under the same rule (`ssl_key_file`).
    static func isPrivate(mode: mode_t, owner: uid_t, reader: uid_t) -> Bool {
        let isHandedOut = owner == 0 && reader != 0
        return mode & (isHandedOut ? 0o037 : 0o077) == 0
    }

    /// Makes a file of mode 0600, unless one is there already, whoever made it.
    ///
    /// A complete temporary file gets its name by `link`, which fails if the name is taken, so a reader never sees half a
    /// key and the first of several writers wins.
    ///
    /// - Returns: Whether it was made now.
    /// - Throws: `SealingError` if it cannot be written.
    @discardableResult
    public static func create(_ path: String, contents: [UInt8]) throws(SealingError) -> Bool {
        let temporary = "\(path).\(getpid()).\(UInt64.random(in: .min ... .max)).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failed("\(temporary) cannot be created: \(reason())") }
        defer { unlink(temporary) }
        do {
            defer { close(descriptor) }
            try writeAll(contents, to: descriptor, temporary)
        }
        let isMade = link(temporary, path) == 0
        guard isMade || errno == EEXIST else { throw failed("\(path) cannot be created: \(reason())") }
        try syncDirectory(of: path)
        return isMade
    }

    /// Puts other contents into a file of mode 0600, whole or not at all.
    public static func replace(_ path: String, contents: [UInt8]) throws(SealingError) {
        let temporary = "\(path).\(getpid()).\(UInt64.random(in: .min ... .max)).new"
        try create(temporary, contents: contents)
        guard rename(temporary, path) == 0 else {
            let problem = failed("\(path) cannot be replaced: \(reason())")
            unlink(temporary)
            throw problem
        }
        try syncDirectory(of: path)
    }

    private static func readAll(_ descriptor: Int32, _ path: String) throws(SealingError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: sizeLimit + 1)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
            }
            if count == 0 { break }
            if count > 0 {
                filled += count
            } else if errno != EINTR {
                throw failed("\(path) cannot be read: \(reason())")
            }
        }
        guard filled <= sizeLimit else {
            throw SealingError(
                code: SealingError.rootKeyMalformed,
                message: "\(path) is longer than \(sizeLimit) bytes, which no root key is: name the right file")
        }
        // In place: a copy would leave the secret behind in memory that nobody overwrites.
        bytes.removeLast(bytes.count - filled)
        return bytes
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(SealingError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                throw failed("\(path) cannot be written: \(reason())")
            }
        }
        // The process's umask may have taken bits away from the owner.
        guard fchmod(descriptor, 0o600) == 0, fsync(descriptor) == 0 else {
            throw failed("\(path) cannot be made durable: \(reason())")
        }
    }

    /// Without it the file's name may be gone after a power cut, and with it every key wrapped since.
    private static func syncDirectory(of path: String) throws(SealingError) {
        var directory = "."
        if let slash = path.lastIndex(of: "/") { directory = slash == path.startIndex ? "/" : String(path[..<slash]) }
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failed("the folder \(directory) cannot be opened: \(reason())") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failed("the folder \(directory) cannot be synced: \(reason())") }
    }

    private static func reason() -> String { String(cString: strerror(errno)) }

    private static func failed(_ message: String) -> SealingError {
        SealingError(code: SealingError.rootKeyFile, message: "the root key file " + message)
    }

    private static func permissions(_ message: String) -> SealingError {
        SealingError(code: SealingError.rootKeyPermissions, message: "the root key file " + message)
    }
}
