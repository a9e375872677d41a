/// What a match is replaced with, as Go's `Regexp.Expand` reads it.
struct RE2Replacement {
    enum Part: Equatable {
        case text([UInt8])
        case group(Int)

        func append(to out: inout [UInt8], _ match: RE2Search.Match, _ text: UnsafeBufferPointer<UInt8>) {
            switch self {
            case .text(let bytes): out += bytes
            case .group(let number): if let range = match.groups[number] { out.append(contentsOf: text[range]) }
            }
        }
    }

    private(set) var parts: [Part] = []

    init(_ template: String, groupNames: [String]) {
        let bytes = Array(template.utf8)
        var literal: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.count else {
                literal.append(bytes[index])
                index += 1
                continue
            }
            if bytes[index + 1] == UInt8(ascii: "$") {
                literal.append(UInt8(ascii: "$"))
                index += 2
            } else if let (name, end) = Self.name(in: bytes, behind: index) {
                if !literal.isEmpty { parts.append(.text(literal)) }
                literal = []
                if let group = Self.group(name, groupNames) { parts.append(.group(group)) }
                index = end
            } else {
                literal.append(bytes[index])
                index += 1
            }
        }
        if !literal.isEmpty { parts.append(.text(literal)) }
    }

    /// The name behind the `$` at a place, and where it ends.
    private static func name(in bytes: [UInt8], behind dollar: Int) -> (String, Int)? {
        let hasBrace = bytes[dollar + 1] == UInt8(ascii: "{")
        let start = dollar + (hasBrace ? 2 : 1)
        let name = String(decoding: bytes[start...], as: UTF8.self).unicodeScalars.prefix { scalar in
            scalar == "_" || scalar.properties.generalCategory == .decimalNumber || isLetter(scalar)
        }
        let end = start + String(name).utf8.count
        guard !name.isEmpty else { return nil }
        guard hasBrace else { return (String(name), end) }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "}") else { return nil }
        return (String(name), end + 1)
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    /// The number of the group that a name means; a number above 99 million is a name, as in Go.
    private static func group(_ name: String, _ groupNames: [String]) -> Int? {
        if let number = Int(name), name.utf8.allSatisfy({ (0x30...0x39).contains($0) }), number < 100_000_000,
            name == "0" || !name.hasPrefix("0")
        {
            return number < groupNames.count ? number : nil
        }
        return groupNames.lastIndex(of: name)
    }
}
