import Foundation

/// Notes which workers a host runs, one small file for each, so that they are found again after a crash.
struct WorkerRegistry: Sendable {
    let directory: String

    /// The workers that are noted and live; notes of others are dropped.
    func living() -> [WorkerProcess] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.sorted().compactMap { name in
            guard let id = Int32(name) else { return nil }
            let path = directory + "/" + name
            let started = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
            guard let process = WorkerProcess.find(id: id, startedAt: started) else {
                try? FileManager.default.removeItem(atPath: path)
                return nil
            }
            return process
        }
    }

    /// Without its note a worker runs all the same: it is only not found again.
    func note(_ worker: WorkerProcess) {
        try? FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        // Whole or not at all: half a note is taken for one of somebody who is gone, and dropped.
        try? Data(worker.startedAt.utf8).write(
            to: URL(fileURLWithPath: directory + "/\(worker.id)"), options: .atomic)
    }

    func forget(_ worker: WorkerProcess) { try? FileManager.default.removeItem(atPath: directory + "/\(worker.id)") }
}
