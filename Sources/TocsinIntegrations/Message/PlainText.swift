import Foundation
import TocsinAlerts

/// What alerts say, made fit to stand in a message to people.
enum PlainText {
    /// The text without control characters but for tabs and line feeds, and without space around it.
    ///
    /// Senders put anything into labels; vendors refuse a message for a control character in it, or for a text that is
    /// nothing but space.
    ///
    /// - Parameter empty: What stands for a text of which nothing is left.
    static func printable(_ text: String, orElse empty: String = "") -> String {
        var out = String.UnicodeScalarView()
        var wasReturn = false
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0D: out.append("\n")
            case 0x0A: if !wasReturn { out.append("\n") }
            case 0x09, 0x20...0x7E, 0xA0...: out.append(scalar)
            default: break
            }
            wasReturn = scalar.value == 0x0D
        }
        let trimmed = String(out).trimmingCharacters(in: .whitespacesAndNewlines)
        // What is not seen is space to vendors too.
        let isSeen = trimmed.unicodeScalars.contains { !$0.properties.isDefaultIgnorableCodePoint }
        return isSeen ? trimmed : empty
    }

    /// The same in one line.
    static func line(_ text: String, orElse empty: String = "") -> String {
        printable(text, orElse: empty).replacing("\n", with: " ")
    }
}

extension AlertMessage {
    /// The title in one line.
    var titleLine: String { PlainText.line(title, orElse: "Alerts") }

    /// The labels that all alerts share, in one line: `cluster=eu service=api`.
    var factLine: String { PlainText.line(facts.map { "\($0.name)=\($0.value)" }.joined(separator: " ")) }

    /// How many alerts are not shown, in words; `nil` if all are.
    ///
    /// - Parameter more: Further ones that found no place.
    func omittedLine(and more: Int = 0) -> String? { omitted + more > 0 ? "… and \(omitted + more) more" : nil }
}

extension AlertMessage.Item {
    /// The sign of its state, with what it says.
    var headline: String {
        (status == .firing ? "🔥 " : "✅ ") + PlainText.line(text, orElse: "Alert")
    }
}
