/// Questions about bytes that the HTML rules ask.
enum HTMLBytes {
    static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }

    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0C || byte == 0x0D
    }

    static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }

    static func isAlphanumeric(_ byte: UInt8) -> Bool { isLetter(byte) || (0x30...0x39).contains(byte) }

    static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte + 32 : byte }

    /// The first place at or behind another where one of some ASCII characters stands.
    static func first(of characters: StaticString, in text: ArraySlice<UInt8>, from start: Int) -> Int? {
        characters.withUTF8Buffer { wanted in text[start...].firstIndex { wanted.contains($0) } }
    }

    /// The first place at or behind another where a text begins.
    static func first(_ wanted: StaticString, in text: ArraySlice<UInt8>, from start: Int) -> Int? {
        wanted.withUTF8Buffer { wanted in
            var place = start
            while place + wanted.count <= text.endIndex {
                if text[place] == wanted[0], text[place..<place + wanted.count].elementsEqual(wanted) { return place }
                place += 1
            }
            return nil
        }
    }

    /// Whether a text stands at a place, in any case.
    static func has(_ wanted: some Collection<UInt8>, in text: ArraySlice<UInt8>, at place: Int) -> Bool {
        place + wanted.count <= text.endIndex
            && zip(text[place...], wanted).allSatisfy { lower($0) == lower($1) }
    }

    static func skipSpace(_ text: ArraySlice<UInt8>, from start: Int) -> Int {
        text[start...].firstIndex { !isSpace($0) } ?? text.endIndex
    }
}
