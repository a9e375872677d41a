import Foundation

/// How much of the processors this process uses.
struct ProcessorUse {
    private var usedAt: ContinuousClock.Instant
    private var used: Double

    init(at now: ContinuousClock.Instant) {
        usedAt = now
        used = Self.seconds()
    }

    /// The part of a core that was used since the last time; more than 1 if it was several.
    mutating func share(at now: ContinuousClock.Instant) -> Double {
        let (before, since) = (used, now - usedAt)
        let passed = Double(since.components.seconds) + Double(since.components.attoseconds) / 1e18
        guard passed > 0 else { return 0 }
        (usedAt, used) = (now, Self.seconds())
        return max(0, used - before) / passed
    }

    /// Processor time since the start, of the kernel for this process too.
    private static func seconds() -> Double {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }
}

/// How much memory this process uses.
enum ProcessMemory {
    /// The bytes that are in memory now (proc(5), `statm`); 0 where the kernel does not tell.
    static var resident: Int64 {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Int64(fields[1]) else { return 0 }
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }
}
