/// What is true of a place between two scalars.
struct RE2Assertions: OptionSet, Sendable, Hashable {
    let rawValue: UInt32

    static let beginText = RE2Assertions(rawValue: 1)
    static let endText = RE2Assertions(rawValue: 2)
    static let beginLine = RE2Assertions(rawValue: 4)
    static let endLine = RE2Assertions(rawValue: 8)
    static let wordBoundary = RE2Assertions(rawValue: 16)
    static let noWordBoundary = RE2Assertions(rawValue: 32)

    init(rawValue: UInt32) { self.rawValue = rawValue }

    /// What is true between two scalars, `nil` being the text's end.
    init(between previous: UInt32?, and next: UInt32?) {
        var value: RE2Assertions = []
        if previous == nil { value.formUnion([.beginText, .beginLine]) }
        if next == nil { value.formUnion([.endText, .endLine]) }
        if previous == 0x0A { value.insert(.beginLine) }
        if next == 0x0A { value.insert(.endLine) }
        value.insert(Self.isWord(previous) == Self.isWord(next) ? .noWordBoundary : .wordBoundary)
        self = value
    }

    private static func isWord(_ scalar: UInt32?) -> Bool {
        switch scalar {
        case .some(0x30...0x39), .some(0x41...0x5A), .some(0x5F), .some(0x61...0x7A): true
        default: false
        }
    }
}
