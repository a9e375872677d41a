/// The classes that have a name: Perl's `\d` and POSIX' `[:alpha:]`; all of them are ASCII.
enum RE2NamedClasses {
    private static let digit: [(UInt32, UInt32)] = [(0x30, 0x39)]
    private static let word: [(UInt32, UInt32)] = [(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)]

    /// The class of a lower-case Perl letter.
    static func perl(_ letter: UInt32) -> ScalarRanges? {
        switch Unicode.Scalar(letter) {
        case "d": ScalarRanges(digit)
        case "s": ScalarRanges([(0x09, 0x0A), (0x0C, 0x0D), (0x20, 0x20)])
        case "w": ScalarRanges(word)
        default: nil
        }
    }

    /// The class of a POSIX name without its `[:` and `:]`.
    static func posix(_ name: String) -> ScalarRanges? {
        switch name {
        case "alnum": ScalarRanges([(0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)])
        case "alpha": ScalarRanges([(0x41, 0x5A), (0x61, 0x7A)])
        case "ascii": ScalarRanges([(0x00, 0x7F)])
        case "blank": ScalarRanges([(0x09, 0x09), (0x20, 0x20)])
        case "cntrl": ScalarRanges([(0x00, 0x1F), (0x7F, 0x7F)])
        case "digit": ScalarRanges(digit)
        case "graph": ScalarRanges([(0x21, 0x7E)])
        case "lower": ScalarRanges([(0x61, 0x7A)])
        case "print": ScalarRanges([(0x20, 0x7E)])
        case "punct": ScalarRanges([(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)])
        case "space": ScalarRanges([(0x09, 0x0D), (0x20, 0x20)])
        case "upper": ScalarRanges([(0x41, 0x5A)])
        case "word": ScalarRanges(word)
        case "xdigit": ScalarRanges([(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)])
        default: nil
        }
    }
}
