/// A set of Unicode's general categories.
struct UnicodeCategories: OptionSet, Sendable, Hashable {
    let rawValue: UInt32

    static let all = UnicodeCategories(rawValue: (1 << 30) - 1)

    private static let names = [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
        "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co",
    ]

    /// The categories of a name such as `Lu` or `L`; unassigned scalars have none, as in Go.
    init?(named name: String) {
        var mask: UInt32 = 0
        for (bit, full) in Self.names.enumerated() where full == name || (name.count == 1 && full.hasPrefix(name)) {
            mask |= 1 << UInt32(bit)
        }
        guard mask != 0 else { return nil }
        self.init(rawValue: mask)
    }

    init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The category of a scalar.
    init(of scalar: UInt32) {
        guard let scalar = Unicode.Scalar(scalar) else {
            self.init(rawValue: 1 << 27)  // Only surrogates are no scalars.
            return
        }
        self.init(rawValue: 1 << Self.bit(scalar.properties.generalCategory))
    }

    private static func bit(_ category: Unicode.GeneralCategory) -> UInt32 {
        switch category {
        case .uppercaseLetter: 0
        case .lowercaseLetter: 1
        case .titlecaseLetter: 2
        case .modifierLetter: 3
        case .otherLetter: 4
        case .nonspacingMark: 5
        case .spacingMark: 6
        case .enclosingMark: 7
        case .decimalNumber: 8
        case .letterNumber: 9
        case .otherNumber: 10
        case .connectorPunctuation: 11
        case .dashPunctuation: 12
        case .openPunctuation: 13
        case .closePunctuation: 14
        case .initialPunctuation: 15
        case .finalPunctuation: 16
        case .otherPunctuation: 17
        case .mathSymbol: 18
        case .currencySymbol: 19
        case .modifierSymbol: 20
        case .otherSymbol: 21
        case .spaceSeparator: 22
        case .lineSeparator: 23
        case .paragraphSeparator: 24
        case .control: 25
        case .format: 26
        case .surrogate: 27
        case .privateUse: 28
        case .unassigned: 29
        @unknown default: 29
        }
    }
}
