import TocsinConfiguration
import TocsinCore

/// What Twilio does once somebody answers a call.
///
/// Format: <https://www.twilio.com/docs/voice/twiml>.
struct TwiML: Sendable {
    /// The vendor's limit, in characters of the whole document.
    private static let limit = 4000

    private let acknowledgeURL: Secret?
    private let language: String?
    private let voice: String?

    init(_ reader: MappingReader) {
        acknowledgeURL = reader.url("acknowledge_url")
        language = reader.string("language")
        voice = reader.string("voice")
        if let acknowledgeURL, acknowledgeURL.reveal().utf8.count > 1000 {
            reader.report("value_invalid", "expected an address of at most 1000 bytes", name: "acknowledge_url")
        }
        for (name, text) in [("language", language), ("voice", voice)] where (text ?? "").utf8.count > 100 {
            reader.report("value_invalid", "expected at most 100 bytes", name: name)
        }
    }

    /// The document, which says the words twice and, where somebody takes acknowledgements, waits for a key.
    func document(saying words: String) -> String {
        var attributes = " loop=\"2\""
        if let language { attributes += " language=\"\(TwiML.escape(language, limit: 1000))\"" }
        if let voice { attributes += " voice=\"\(TwiML.escape(voice, limit: 1000))\"" }
        var (start, end) = ("<Response><Say\(attributes)>", "</Say></Response>")
        var words = words
        if let acknowledgeURL {
            let address = TwiML.escape(acknowledgeURL.reveal(), limit: TwiML.limit)
            start = "<Response><Gather numDigits=\"1\" action=\"\(address)\"><Say\(attributes)>"
            end = " Press 1 to acknowledge.</Say></Gather></Response>"
        }
        words = TwiML.escape(words, limit: TwiML.limit - start.utf16.count - end.utf16.count)
        return start + words + end
    }

    /// Text that is nothing but text in XML 1.0, which has no place for some characters.
    private static func escape(_ text: String, limit: Int) -> String {
        Truncation.escaped(text, limit: limit, in: .utf16) { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case "'": "&apos;"
            case "\u{FFFE}", "\u{FFFF}": ""
            default: nil
            }
        }
    }
}
