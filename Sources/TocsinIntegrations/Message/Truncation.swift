/// What a vendor counts the length of a text in.
enum TextUnit: Sendable {
    case scalars
    case utf16
    case bytes

    /// The length of a text.
    func count(_ text: some StringProtocol) -> Int {
        switch self {
        case .scalars: text.unicodeScalars.count
        case .utf16: text.utf16.count
        case .bytes: text.utf8.count
        }
    }
}

/// Shortens texts to what a vendor takes.
enum Truncation {
    /// At most `limit` units of a text in the vendor's markup, with an ellipsis if something was cut.
    ///
    /// Cuts between characters that a person sees as one, and never inside of an escape.
    ///
    /// - Parameter escape: What stands for a scalar that means something in the markup; `nil` for itself.
    static func escaped(
        _ text: String, limit: Int, in unit: TextUnit = .scalars, by escape: (Unicode.Scalar) -> String? = { _ in nil }
    ) -> String {
        let room = limit - unit.count("…")
        var (out, used, kept) = ("", 0, 0)
        for character in text {
            var piece = ""
            for scalar in character.unicodeScalars {
                if let escaped = escape(scalar) { piece += escaped } else { piece.unicodeScalars.append(scalar) }
            }
            used += unit.count(piece)
            guard used <= limit else { return String(decoding: out.utf8.prefix(kept), as: UTF8.self) + "…" }
            out += piece
            if used <= room { kept = out.utf8.count }
        }
        return out
    }

    /// At most `limit` units of a text without markup, with an ellipsis if something was cut.
    ///
    /// Cuts between characters that a person sees as one; what need not be cut is not looked through.
    static func plain(_ text: String, limit: Int, in unit: TextUnit = .scalars) -> String {
        text.utf8.count <= limit ? text : escaped(text, limit: limit, in: unit)
    }

    /// At most `limit` Unicode scalars, with an ellipsis if something was cut.
    ///
    /// Cuts between characters that a person sees as one.
    static func characters(_ text: String, limit: Int) -> String {
        guard text.unicodeScalars.count > limit else { return text }
        var out = ""
        var left = limit - 1
        for character in text {
            left -= character.unicodeScalars.count
            if left < 0 { break }
            out.append(character)
        }
        return out + "…"
    }

    /// At most `limit` Unicode scalars, with an ellipsis if something was cut: exactly where Alertmanager cuts.
    static func scalars(_ text: String, limit: Int) -> String {
        guard text.unicodeScalars.count > limit else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit - 1))) + "…"
    }

    /// At most `limit` bytes, with an ellipsis of three bytes if something was cut.
    static func bytes(_ text: String, limit: Int) -> String {
        text.utf8.count > limit ? bytesWithoutMark(text, limit: limit - 3) + "…" : text
    }

    /// At most `limit` bytes of whole Unicode scalars.
    static func bytesWithoutMark(_ text: String, limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var out = String.UnicodeScalarView()
        var left = limit
        for scalar in text.unicodeScalars {
            left -= UTF8.width(scalar)
            if left < 0 { break }
            out.append(scalar)
        }
        return String(out)
    }
}
