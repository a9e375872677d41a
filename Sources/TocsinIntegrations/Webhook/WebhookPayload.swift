import Foundation
import TocsinAlerts

/// A body of the user's own making, all of whose texts are templates: the setting `payload`.
///
/// Alertmanager 0.34 reads every text that it rendered as YAML again, so that a template can also give a number, a list
/// or an object; of these what is a scalar or JSON is understood here.
struct WebhookPayload: Sendable {
    let value: TemplatedValue

    func encode(_ render: MessageRenderer) throws -> [UInt8] {
        var writer = JSONWriter()
        try value.write(render, to: &writer, scalar: WebhookPayload.write)
        return writer.bytes
    }

    private static func write(_ text: String, to writer: inout JSONWriter) {
        switch text {
        case "", "~", "null", "Null", "NULL": writer.value(json: "null".utf8)
        case "true", "True", "TRUE": writer.value(true)
        case "false", "False", "FALSE": writer.value(false)
        default:
            if isNumber(text) || isStructure(text) {
                writer.value(json: text.utf8)
            } else {
                writer.value(text)
            }
        }
    }

    /// Whether JSON and YAML both take the text for a number, RFC 8259 section 6.
    private static func isNumber(_ text: String) -> Bool {
        guard text.utf8.count <= 32, let first = text.utf8.first, first == UInt8(ascii: "-") || isDigit(first) else {
            return false
        }
        return isJSON(text)
    }

    private static func isStructure(_ text: String) -> Bool {
        (text.hasPrefix("{") || text.hasPrefix("[")) && isJSON(text)
    }

    private static func isJSON(_ text: String) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)) != nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
