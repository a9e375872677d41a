import Foundation
import TocsinAlerts
import TocsinCore
import TocsinRouting

/// A silence as a client posts it.
struct PostedSilence: Decodable {
    struct PostedMatcher: Decodable {
        let name: String?
        let value: String?
        let isRegex: Bool?
        let isEqual: Bool?
    }

    private let id: String?
    private let matchers: [PostedMatcher]?
    private let startsAt: String?
    private let endsAt: String?
    private let createdBy: String?
    private let comment: String?
    private let annotations: [String: String]?

    /// Reads a body.
    static func read(_ bytes: [UInt8]) throws(APIv2Error) -> PostedSilence {
        guard bytes.contains(where: { !$0.isJSONSpace }) else { throw .missing("silence", in: "body") }
        do {
            return try JSONDecoder().decode(PostedSilence.self, from: Data(bytes))
        } catch let DecodingError.typeMismatch(_, context) {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw .unreadable("silence", because: "\(path.isEmpty ? "it" : path) has a value of another type")
        } catch {
            throw .unreadable("silence", because: "it is not valid JSON")
        }
    }

    /// The silence that it describes.
    ///
    /// - Throws: ``APIv2Error`` if something is missing or malformed.
    func silence(now: Timestamp) throws(APIv2Error) -> Silence {
        guard let comment else { throw .missing("comment", in: "body") }
        guard let createdBy else { throw .missing("createdBy", in: "body") }
        let endsAt = try time(endsAt, name: "endsAt")
        guard let matchers else { throw .missing("matchers", in: "body") }
        guard !matchers.isEmpty else {
            throw .shape(status: 422, code: 612, "matchers in body should have at least 1 items")
        }
        let startsAt = try time(startsAt, name: "startsAt")
        var made: [Matcher] = []
        for (index, matcher) in matchers.enumerated() {
            let place = "matchers.\(index)"
            guard let isRegex = matcher.isRegex else { throw .missing("\(place).isRegex", in: "body") }
            guard let name = matcher.name else { throw .missing("\(place).name", in: "body") }
            guard let value = matcher.value else { throw .missing("\(place).value", in: "body") }
            do throws(SilenceError) {
                made.append(
                    try SilenceEdit.matcher(
                        at: index, name: name, value: value, isRegex: isRegex, isEqual: matcher.isEqual ?? true))
            } catch {
                throw .badRequest(error.message)
            }
        }
        return Silence(
            id: (id ?? "").lowercased(), matchers: made, startsAt: startsAt, endsAt: endsAt, updatedAt: now,
            createdBy: createdBy, comment: comment, annotations: LabelSet((annotations ?? [:]).map { ($0, $1) }))
    }

    private func time(_ text: String?, name: String) throws(APIv2Error) -> Timestamp {
        guard let text else { throw .missing(name, in: "body") }
        guard let time = Timestamp(rfc3339: text.utf8) else {
            throw .notOfType(name, in: "body", type: "date-time", value: text)
        }
        return time
    }
}

extension UInt8 {
    /// Whether JSON skips it between values (RFC 8259, section 2).
    var isJSONSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}
