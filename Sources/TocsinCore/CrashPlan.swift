#if DEBUG
    import Synchronization

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif

    /// Where this process is to die, and where it writes which points it passes; both from its environment.
    final class CrashPlan: Sendable {
        /// The plan of this process; `nil` for none.
        static let current = CrashPlan(at: variable("TOCSIN_CRASH_AT"), points: variable("TOCSIN_CRASH_POINTS"))

        private let name: String?
        private let passing: Int
        /// The file of passings; negative for none.
        private let file: Int32
        private let passed = Mutex(0)

        private init?(at place: String?, points path: String?) {
            guard place != nil || path != nil else { return nil }
            let parts = (place ?? "").split(separator: ":")
            name = parts.first.map(String.init)
            passing = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
            file = path.map { open($0, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600) } ?? -1
        }

        private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

        func pass(_ name: String) {
            if file >= 0 {
                // One write to a file that is appended to is whole, whoever else writes.
                let line = Array((name + "\n").utf8)
                _ = write(file, line, line.count)
            }
            guard name == self.name else { return }
            let count = passed.withLock { passed in
                passed += 1
                return passed
            }
            // Nothing is tidied up: that is the point.
            if count == passing { _exit(137) }
        }
    }
#endif
