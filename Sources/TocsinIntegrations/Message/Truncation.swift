/// Shortens texts to what a vendor takes.
enum Truncation {
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
