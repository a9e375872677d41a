/// Which scalars differ only in case, by Unicode's simple case folding.
enum RE2CaseFolding {
    /// Folded scalars and those that fold to them, for every set with more than one member.
    private static let sources: [UInt32: [UInt32]] = {
        var sources: [UInt32: [UInt32]] = [:]
        for run in RE2FoldTable.runs {
            for scalar in stride(from: run.first, through: run.last, by: Int(run.stride)) {
                sources[shift(scalar, run.distance), default: []].append(scalar)
            }
        }
        return sources
    }()

    private static func shift(_ scalar: UInt32, _ distance: Int32) -> UInt32 {
        UInt32(truncatingIfNeeded: Int64(scalar) + Int64(distance))
    }

    /// The one scalar that stands for all that differ only in case.
    static func fold(_ scalar: UInt32) -> UInt32 {
        let runs = RE2FoldTable.runs
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].last < scalar { low = middle + 1 } else { high = middle }
        }
        guard low < runs.count, runs[low].first <= scalar, (scalar - runs[low].first) % runs[low].stride == 0 else {
            return scalar
        }
        return shift(scalar, runs[low].distance)
    }

    /// All scalars that differ from this one only in case, itself included.
    static func orbit(of scalar: UInt32) -> [UInt32] {
        let folded = fold(scalar)
        guard let others = sources[folded] else { return [folded] }
        return [folded] + others
    }

    /// The set with everything that differs from a member only in case.
    static func closure(of set: ScalarRanges) -> ScalarRanges {
        var out = set
        for (folded, others) in sources {
            let orbit = [folded] + others
            guard orbit.contains(where: set.contains) else { continue }
            for scalar in orbit { out.add(scalar, scalar) }
        }
        out.normalize()
        return out
    }
}
