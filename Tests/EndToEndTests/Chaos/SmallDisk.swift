import Foundation

/// A file system in memory, as small as a test needs it to fill it.
enum SmallDisk {
    private static let filler = "filler"

    /// Mounts one, if that is allowed here.
    static func mount(_ path: String, megabytes: Int) -> Bool {
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return run(["mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", path])
    }

    static func unmount(_ path: String) { run(["umount", "--lazy", path]) }

    /// Takes all the room there is, which dd tells by failing.
    static func fill(_ path: String) { run(["dd", "if=/dev/zero", "of=\(path)/\(filler)", "bs=1M"]) }

    static func clear(_ path: String) { try? FileManager.default.removeItem(atPath: path + "/" + filler) }

    @discardableResult
    private static func run(_ words: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
