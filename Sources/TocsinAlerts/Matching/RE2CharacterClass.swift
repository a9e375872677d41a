/// What one position of a text may be: `[a-z]`, `\d`, `\pL`, a letter in either case.
///
/// What stands under `(?i)` is kept apart and asked with every form of a scalar, so that a class takes no more room
/// than its text.
struct RE2CharacterClass: Sendable, Hashable {
    var ranges = ScalarRanges()
    var foldedRanges = ScalarRanges()
    var categories: UnicodeCategories = []
    var foldedCategories: UnicodeCategories = []
    /// Each stands for "no form of the scalar is in these categories".
    var excludedFoldedCategories: [UnicodeCategories] = []
    var isNegated = false

    private var asciiLow: UInt64 = 0
    private var asciiHigh: UInt64 = 0

    /// To be called once when everything has been added.
    mutating func seal() {
        ranges.normalize()
        foldedRanges.normalize()
        for scalar in UInt32(0)..<128 where holds(scalar) != isNegated {
            if scalar < 64 { asciiLow |= 1 << UInt64(scalar) } else { asciiHigh |= 1 << UInt64(scalar - 64) }
        }
    }

    /// Whether the scalar may stand here.
    func contains(_ scalar: UInt32) -> Bool {
        switch scalar {
        case ..<64: asciiLow >> UInt64(scalar) & 1 == 1
        case ..<128: asciiHigh >> UInt64(scalar - 64) & 1 == 1
        default: holds(scalar) != isNegated
        }
    }

    private func holds(_ scalar: UInt32) -> Bool {
        if ranges.contains(scalar) { return true }
        if !categories.isEmpty, !categories.isDisjoint(with: UnicodeCategories(of: scalar)) { return true }
        guard !foldedRanges.isEmpty || !foldedCategories.isEmpty || !excludedFoldedCategories.isEmpty else {
            return false
        }
        let orbit = RE2CaseFolding.orbit(of: scalar)
        if orbit.contains(where: foldedRanges.contains) { return true }
        let kinds = orbit.reduce(into: UnicodeCategories()) { $0.formUnion(UnicodeCategories(of: $1)) }
        return !kinds.isDisjoint(with: foldedCategories)
            || excludedFoldedCategories.contains { $0.isDisjoint(with: kinds) }
    }
}
