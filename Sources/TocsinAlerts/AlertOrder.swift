extension Alert {
    /// Whether this alert stands before another in a notification or a list: by `job`, by `instance`, then by all labels.
    ///
    /// The order decides what is told of when only some alerts may be. Source: Alertmanager's `types.AlertSlice`.
    public func isListed(before other: Alert) -> Bool {
        for name in ["job", "instance"] {
            switch (labels[name], other.labels[name]) {
            case (nil, nil): continue
            case (nil, _?): return false
            case (_?, nil): return true
            case (let first?, let second?):
                if isEqual(first, second) { continue }
                return isLess(first, second)
            }
        }
        return labels.isListed(before: other.labels)
    }
}

extension LabelSet {
    /// Whether this set stands before another in a list.
    ///
    /// Fewer labels come first; of as many, the first that differs decides, by its name and then by its value. Source:
    /// `model.LabelSet.Before` of prometheus/common.
    public func isListed(before other: LabelSet) -> Bool {
        guard labels.count == other.labels.count else { return labels.count < other.labels.count }
        for (first, second) in zip(labels, other.labels) {
            // Alertmanager goes through the names of both in order: whoever lacks one comes first.
            guard isEqual(first.name, second.name) else { return isLess(second.name, first.name) }
            guard isEqual(first.value, second.value) else { return isLess(first.value, second.value) }
        }
        return false
    }
}

/// By bytes, because `String` takes different spellings of a letter for the same and Alertmanager does not.
private func isEqual(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

private func isLess(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }
