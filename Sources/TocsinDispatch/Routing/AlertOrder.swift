import TocsinAlerts

/// The order of alerts in a notification, which decides what is told of when only some of them may be: Alertmanager's.
///
/// Source: `types.AlertSlice` and `model.LabelSet.Before`.
enum AlertOrder {
    /// Whether the first alert stands before the second: by `job`, by `instance`, then by all labels.
    static func precedes(_ left: Alert, _ right: Alert) -> Bool {
        for name in ["job", "instance"] {
            switch (left.labels[name], right.labels[name]) {
            case (nil, nil): continue
            case (nil, _?): return false
            case (_?, nil): return true
            case (let first?, let second?):
                if isEqual(first, second) { continue }
                return isLess(first, second)
            }
        }
        return precedes(left.labels.labels, right.labels.labels)
    }

    /// Fewer labels come first; of as many, the first that differs decides, by its name and then by its value.
    private static func precedes(_ left: [Label], _ right: [Label]) -> Bool {
        guard left.count == right.count else { return left.count < right.count }
        for (first, second) in zip(left, right) {
            // Alertmanager goes through the names of both in order: whoever lacks one comes first.
            guard isEqual(first.name, second.name) else { return isLess(second.name, first.name) }
            guard isEqual(first.value, second.value) else { return isLess(first.value, second.value) }
        }
        return false
    }

    /// By bytes, because `String` takes different spellings of a letter for the same and Alertmanager does not.
    private static func isEqual(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

    private static func isLess(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
