import Foundation
import NIOCore
import NIOPosix

/// How many event loops a node runs: one for each processor that it may use.
///
/// More loops than processors only take them from each other. NIO counts those of the machine and a container's share, not
/// those that the process is bound to (`taskset`, `CPUAffinity=`, a cpuset).
enum EventLoopCount {
    /// To be called once, before anything uses the shared group.
    static func suggest() {
        guard let bound = boundProcessors else { return }
        NIOSingletons.groupLoopCountSuggestion = max(1, min(System.coreCount, bound))
    }

    /// What proc(5) says under `Cpus_allowed`: a mask in hexadecimal, with commas.
    private static var boundProcessors: Int? {
        guard let status = FileManager.default.contents(atPath: "/proc/self/status") else { return nil }
        let name = "Cpus_allowed:"
        for line in String(decoding: status, as: UTF8.self).split(separator: "\n") where line.hasPrefix(name) {
            return line.dropFirst(name.count).compactMap(\.hexDigitValue).reduce(0) { $0 + $1.nonzeroBitCount }
        }
        return nil
    }
}
