#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Finds personal data and secrets in a text.
///
/// One pass over the bytes: finders are asked only where a word begins, and only those that its first byte can mean. A find
/// needs more than its shape wherever there is more: check digits, known prefixes, ranges that exist.
public struct SensitiveScanner: Sendable {
    private let kinds: SensitiveKinds
    /// Which finders a first byte calls for, of the kinds that are looked for.
    private let finders: [[(SensitiveKind, Finder)]]

    /// A scanner for some kinds.
    public init(_ kinds: Set<SensitiveKind> = Set(SensitiveKind.allCases)) {
        self.kinds = SensitiveKinds(kinds)
        finders = (0...255).map { byte in Self.finders(for: byte).filter { kinds.contains($0.0) } }
    }

    /// All finds in order; none overlaps another.
    public func spans(in text: [UInt8]) -> [SensitiveSpan] {
        text.withUnsafeBufferPointer { spans(in: $0) }
    }

    /// All finds in order; none overlaps another.
    public func spans(in text: UnsafeBufferPointer<UInt8>) -> [SensitiveSpan] {
        var found: [SensitiveSpan] = []
        let scan = TextScan(text)
        var position = 0
        while position < text.count {
            guard scan.isStart(position) else {
                // A mail address is known by its middle; what was found before ends before it.
                if text[position] == UInt8(ascii: "@"), kinds.contains(.email),
                    let range = MailFinder.find(scan, at: position, after: found.last?.bytes.upperBound ?? 0)
                {
                    found.append(SensitiveSpan(kind: .email, bytes: range))
                    position = range.upperBound
                } else {
                    position += 1
                }
                continue
            }
            if let span = find(scan, at: position) {
                found.append(span)
                position = span.bytes.upperBound
            } else {
                position += 1
            }
        }
        return found
    }

    private func find(_ scan: TextScan, at position: Int) -> SensitiveSpan? {
        for (kind, finder) in finders[Int(scan[position])] {
            if let end = finder(scan, position) { return SensitiveSpan(kind: kind, bytes: position..<end) }
        }
        return nil
    }

    typealias Finder = @Sendable (TextScan, Int) -> Int?

    /// Which finders a first byte calls for, the surest first.
    private static func finders(for byte: UInt8) -> [(SensitiveKind, Finder)] {
        switch byte {
        case 0x30...0x39: digits
        case UInt8(ascii: "e"): e
        case UInt8(ascii: "a")...UInt8(ascii: "z"): lower
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): upper
        case UInt8(ascii: "+"), UInt8(ascii: "("): phones
        case UInt8(ascii: "-"): keys
        case UInt8(ascii: ":"): colons
        default: []
        }
    }

    private static let ip: (SensitiveKind, Finder) = (.ip, AddressFinder.find)
    private static let token: (SensitiveKind, Finder) = (.token, TokenFinder.find)
    private static let national: (SensitiveKind, Finder) = (.nationalID, NationalIDFinder.find)
    private static let digits: [(SensitiveKind, Finder)] = [
        ip, national, (.card, CardFinder.find), (.phone, PhoneFinder.find),
    ]
    private static let e: [(SensitiveKind, Finder)] = [(.jwt, TokenFinder.findJWT), ip]
    private static let lower: [(SensitiveKind, Finder)] = [token, ip]
    private static let upper: [(SensitiveKind, Finder)] = [token, (.iban, IBANFinder.find), national, ip]
    private static let phones: [(SensitiveKind, Finder)] = [(.phone, PhoneFinder.find)]
    private static let keys: [(SensitiveKind, Finder)] = [(.pem, TokenFinder.findPEM)]
    private static let colons: [(SensitiveKind, Finder)] = [ip]
}

/// A text with what the finders ask of it.
struct TextScan {
    let text: UnsafeBufferPointer<UInt8>

    init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    var count: Int { text.count }

    /// The byte at a position; zero before and behind the text.
    subscript(position: Int) -> UInt8 { position >= 0 && position < text.count ? text[position] : 0 }

    /// Whether a word may begin here, or what stands for its first letter.
    func isStart(_ position: Int) -> Bool {
        switch text[position] {
        case UInt8(ascii: "+"), UInt8(ascii: "("): !isWord(position - 1)
        case UInt8(ascii: ":"): self[position + 1] == UInt8(ascii: ":") && !isWord(position - 1)
        case UInt8(ascii: "-"): self[position + 1] == UInt8(ascii: "-") && self[position - 1] != UInt8(ascii: "-")
        default: isWord(position) && !isWord(position - 1)
        }
    }

    func isDigit(_ position: Int) -> Bool { (0x30...0x39).contains(self[position]) }

    func isUpper(_ position: Int) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self[position]) }

    /// A digit, or a letter of the scripts that have spaces between words: Latin, Greek, Cyrillic and their like, up to
    /// U+053F.
    ///
    /// In others, and beside quotes and dashes that are not in ASCII, what is looked for stands without a space. An underscore
    /// joins names, as in `card_4111111111111111`.
    func isWord(_ position: Int) -> Bool {
        switch self[position] {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0xC3...0xD4: true
        case 0x80...0xBF: (0xC3...0xD4).contains(self[position - 1])
        default: false
        }
    }

    /// Whether the text goes on like this.
    func has(_ word: StaticString, at position: Int) -> Bool {
        let count = word.utf8CodeUnitCount
        guard position >= 0, position + count <= text.count, let start = text.baseAddress else { return false }
        return memcmp(start + position, word.utf8Start, count) == 0
    }

    /// How many bytes from a position on fit, up to a most.
    func length(from position: Int, most: Int = .max, while fits: (UInt8) -> Bool) -> Int {
        var end = position
        while end < text.count, end - position < most, fits(text[end]) { end += 1 }
        return end - position
    }
}
