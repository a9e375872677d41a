/// The text of a text message, counted as networks count it.
///
/// A message of more than one segment loses some characters of each to a header. One character that is not in the GSM
/// alphabet makes all of them wider. Source: 3GPP TS 23.038, section 6.2.1, and TS 23.040, section 9.2.3.24.1.
enum SMSText {
    private static let basic = Set(
        ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
            + "abcdefghijklmnopqrstuvwxyzäöñüà").unicodeScalars)
    /// Characters that take two places.
    private static let extended = Set("\u{0C}^{}\\[~]|€".unicodeScalars)

    /// How many segments a text takes.
    static func segments(_ text: String) -> Int {
        if let places = places(text) { return places <= 160 ? 1 : (places + 152) / 153 }
        let units = text.utf16.count
        return units <= 70 ? 1 : (units + 66) / 67
    }

    /// The places that a text takes in the GSM alphabet; `nil` if it has other characters.
    private static func places(_ text: String) -> Int? {
        var places = 0
        for scalar in text.unicodeScalars {
            if basic.contains(scalar) {
                places += 1
            } else if extended.contains(scalar) {
                places += 2
            } else {
                return nil
            }
        }
        return places
    }

    /// A text of at most so many segments, with three full stops if something was cut: an ellipsis is not in the
    /// alphabet.
    static func fit(_ text: String, segments limit: Int) -> String {
        let vendorLimit = 1600
        guard segments(text) > limit || text.utf16.count > vendorLimit else { return text }
        var (low, high) = (0, text.count)
        func cut(_ count: Int) -> String { text.prefix(count) + "..." }
        while low < high {
            let middle = (low + high + 1) / 2
            let candidate = cut(middle)
            if segments(candidate) <= limit, candidate.utf16.count <= vendorLimit {
                low = middle
            } else {
                high = middle - 1
            }
        }
        return cut(low)
    }
}
