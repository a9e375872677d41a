/// How values in URLs are made safe.
enum URLEscaping {
    /// Whether a URL has no scheme, or one that runs nothing.
    static func isSafe(_ url: String) -> Bool {
        guard let colon = url.utf8.firstIndex(of: UInt8(ascii: ":")) else { return true }
        let scheme = url.utf8[..<colon]
        if scheme.contains(UInt8(ascii: "/")) { return true }
        return ["http", "https", "mailto"].contains { known in
            scheme.map(HTMLBytes.lower).elementsEqual(known.utf8)
        }
    }

    /// Writes what must not stand in a URL as `%xx`; reserved characters and escapes stay if asked.
    static func process(_ text: String, keepsReserved: Bool) -> String {
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + 16)
        for (index, byte) in bytes.enumerated() {
            let isKept: Bool
            switch byte {
            case _ where HTMLBytes.isAlphanumeric(byte): isKept = true
            case _ where "-._~".utf8.contains(byte): isKept = true
            case _ where "!#$&*+,/:;=?@[]".utf8.contains(byte): isKept = keepsReserved
            case UInt8(ascii: "%"):
                isKept =
                    keepsReserved && index + 2 < bytes.count && HTMLBytes.isHexadecimal(bytes[index + 1])
                    && HTMLBytes.isHexadecimal(bytes[index + 2])
            default: isKept = false
            }
            if isKept {
                out.append(byte)
            } else {
                out += "%\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// A list of images with sizes; each URL is checked by itself.
    static func srcset(_ text: String, isURL: Bool) -> String {
        if isURL {
            let parts = process(text, keepsReserved: true).split(separator: ",", omittingEmptySubsequences: false)
            return parts.joined(separator: "%2c")
        }
        let elements = text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        return elements.map { srcsetElement(Array($0)[...]) }.joined(separator: ",")
    }

    private static func srcsetElement(_ element: ArraySlice<UInt8>) -> String {
        let start = HTMLBytes.skipSpace(element, from: element.startIndex)
        let end = element[start...].firstIndex(where: HTMLBytes.isSpace) ?? element.endIndex
        let url = String(decoding: element[start..<end], as: UTF8.self)
        guard isSafe(url),
            element[end...].allSatisfy({ HTMLBytes.isSpace($0) || HTMLBytes.isAlphanumeric($0) })
        else { return "#" + HTMLEscaper.failsafe }
        return String(decoding: element[..<start], as: UTF8.self) + process(url, keepsReserved: true)
            + String(decoding: element[end...], as: UTF8.self)
    }
}
