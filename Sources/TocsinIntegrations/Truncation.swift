/// Shortens texts to what a vendor takes, between characters that a person sees as one.
enum Truncation {
    /// At most `limit` Unicode scalars, with an ellipsis if something was cut.
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
}
