import TocsinCore

/// Builds a message: RFC 5322 headers, a body of alternatives (RFC 2046) in quoted-printable (RFC 2045).
struct EmailMessage {
    private var head = ""
    private var parts: [(type: String, text: String)] = []

    /// Adds a header.
    ///
    /// A value with anything but printable ASCII is encoded (RFC 2047), line breaks included: no text can add a header.
    mutating func add(header name: String, _ value: String) {
        head += name + ": " + EmailMessage.encodedWords(value) + "\r\n"
    }

    /// Adds an alternative; the best comes last.
    mutating func add(part type: String, _ text: String) { parts.append((type, text)) }

    /// Whether a name is one that a header may have: printable ASCII without a colon.
    static func isHeaderName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") }
    }

    /// The whole message.
    ///
    /// - Parameter boundary: Stands between the parts; it contains `_=`, which quoted-printable never does.
    func bytes(boundary: String) -> [UInt8] {
        var text = head + "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"\(boundary)\"\r\n\r\n"
        for part in parts {
            text += "--\(boundary)\r\nContent-Type: \(part.type); charset=UTF-8\r\n"
            text += "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
            text += EmailMessage.quotedPrintable(part.text) + "\r\n"
        }
        return Array((text + "--\(boundary)--\r\n").utf8)
    }

    /// A header's value: as it is, in lines of at most 78 characters, or as encoded words of at most 75.
    static func encodedWords(_ text: String) -> String {
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return encoded(text) }
        var lines = [""]
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            // A word longer than a line may be is rare, and encoded so that it can be broken.
            guard word.utf8.count < 900 else { return encoded(text) }
            if lines[lines.count - 1].utf8.count + word.utf8.count > 76, !lines[lines.count - 1].isEmpty {
                lines.append("")
            } else if lines.count > 1 || !lines[0].isEmpty {
                lines[lines.count - 1] += " "
            }
            lines[lines.count - 1] += word
        }
        return lines.joined(separator: "\r\n ")
    }

    private static func encoded(_ text: String) -> String {
        let (open, close) = ("=?utf-8?q?", "?=")
        var words = [""]
        for scalar in text.unicodeScalars {
            let piece = String(scalar).utf8.map { byte in
                switch byte {
                case UInt8(ascii: " "): "_"
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: String(UnicodeScalar(byte))
                default: "=" + hexadecimal(byte)
                }
            }.joined()
            if open.count + words[words.count - 1].utf8.count + piece.utf8.count + close.count > 75 { words.append("") }
            words[words.count - 1] += piece
        }
        return words.map { open + $0 + close }.joined(separator: "\r\n ")
    }

    /// RFC 2045, section 6.7: lines of at most 76 characters, every line break as CRLF.
    static func quotedPrintable(_ text: String) -> String {
        var out = ""
        let lines = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
            .split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            if number > 0 { out += "\r\n" }
            var width = 0
            let bytes = Array(line.utf8)
            for (index, byte) in bytes.enumerated() {
                let isLast = index == bytes.count - 1
                let isPlain =
                    (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=")
                    || (byte == 0x20 || byte == 0x09) && !isLast
                let piece = isPlain ? String(UnicodeScalar(byte)) : "=" + hexadecimal(byte)
                if width + piece.utf8.count > 75 {
                    out += "=\r\n"
                    width = 0
                }
                out += piece
                width += piece.utf8.count
            }
        }
        return out
    }

    private static func hexadecimal(_ byte: UInt8) -> String { Hexadecimal.encode([byte]).uppercased() }
}
