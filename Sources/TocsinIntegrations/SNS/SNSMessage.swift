import Foundation
import TocsinAlerts
import TocsinCore

/// What Amazon SNS takes of a message: texts in its sizes, subjects and attributes by its rules.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>.
enum SNSMessage {
    // The vendor's limits, in bytes; the first counts the attributes as well.
    static let messageLimit = 256 * 1024
    static let shortMessageLimit = 1600
    private static let subjectLimit = 99

    /// A subject in one line, less than 100 characters long.
    ///
    /// Others are refused, and the whole message with them.
    static func subject(_ text: String) -> String {
        let line = text.unicodeScalars.map { scalar -> Character in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: " "
            default: Character(scalar)
            }
        }
        let trimmed = String(line).trimmingCharacters(in: .whitespaces)
        return Truncation.characters(trimmed, limit: subjectLimit)
    }

    /// The attributes that SNS takes: none that is empty, and only names of its alphabet.
    static func attributes(_ attributes: [(String, String)]) -> [(String, String)] {
        attributes.filter { name, value in
            !value.isEmpty && (1...256).contains(name.utf8.count)
                && name.utf8.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                    default: "-_.".utf8.contains(byte)
                    }
                }
        }
    }

    /// How many bytes attributes take of the message.
    static func size(of attributes: [(String, String)]) -> Int {
        attributes.map { $0.0.utf8.count + $0.1.utf8.count + "String".utf8.count }.reduce(0, +)
    }

    /// A message with a text for each protocol: `MessageStructure=json`.
    ///
    /// - Parameters:
    ///   - texts: By protocol; `default` must be among them.
    ///   - limit: For the whole, in bytes.
    static func structured(_ texts: [(name: String, text: String)], limit: Int) -> (json: String, isCut: Bool) {
        func encode(_ most: Int) -> [UInt8] {
            var writer = JSONWriter()
            writer.object { writer in
                for (name, text) in texts {
                    let limit = name == "sms" ? min(most, shortMessageLimit) : most
                    writer.member(name, Truncation.bytesWithoutMark(text, limit: limit))
                }
            }
            return writer.bytes
        }
        // Escapes make a text longer than it was, so it is cut until the whole fits.
        var most = limit
        var bytes = encode(most)
        while bytes.count > limit, most > 1 {
            most /= 2
            bytes = encode(most)
        }
        let isCut = texts.contains {
            $0.text.utf8.count > most || ($0.name == "sms" && $0.text.utf8.count > shortMessageLimit)
        }
        return (String(decoding: bytes, as: UTF8.self), isCut)
    }
}
