import Foundation
import TocsinCore
import TocsinSealing

/// The directory of a node's own files, used by one process at a time.
struct DataDirectory {
    let path: String
    private let lock: FileHandle

    /// Makes the directory if need be (mode 0700) and takes its lock.
    init(opening path: String) throws {
        let url = URL(fileURLWithPath: path)
        do {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandError(
                code: "data_directory_unusable",
                message: "the data directory \(path) cannot be made: \(error.localizedDescription)",
                exitCode: .cannotCreate)
        }
        let descriptor = open(url.appendingPathComponent("lock").path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandError(
                code: "data_directory_unusable", message: "the data directory \(path) cannot be written to",
                exitCode: .cannotCreate)
        }
        lock = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw CommandError(
                code: "data_directory_in_use",
                message: "another tocsin uses the data directory \(path): stop it, or name another with --data-dir",
                exitCode: .temporary)
        }
        self.path = url.path
    }

    /// The file with the root key that the embedded default makes at its first start.
    static func rootKeyPath(in path: String) -> String {
        URL(fileURLWithPath: path).appendingPathComponent("root.key").path
    }

    /// The root key of a node with an embedded Redis, made at its first start.
    ///
    /// - Throws: ``CommandError`` if there are data and no key; `SealingError` if the key cannot be read or made.
    static func rootKey(in path: String) throws -> RootKey {
        let (key, files) = (rootKeyPath(in: path), FileManager.default)
        let data = ["appendonlydir", "dump.rdb"].map { URL(fileURLWithPath: path).appendingPathComponent($0).path }
        guard files.fileExists(atPath: key) || !data.contains(where: files.fileExists(atPath:)) else {
            throw CommandError(
                code: "root_key_missing",
                message:
                    "the root key file \(key) is gone, and the data beside it are sealed under that key: put it back "
                    + "from your backup. No other key reads them; to start anew without them, move \(path) away",
                exitCode: .configuration)
        }
        return try RootKey.loadOrCreate(file: key)
    }
}
