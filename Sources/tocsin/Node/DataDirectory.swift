import Foundation
import TocsinCore

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

    /// The root key that the embedded default makes at its first start.
    static func rootKeyPath(in path: String) -> String {
        URL(fileURLWithPath: path).appendingPathComponent("root.key").path
    }
}
