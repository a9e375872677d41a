import Foundation
import TocsinCore

/// What a token claims.
struct JWTClaims {
    struct Malformed: Error {}

    let issuer: String?
    let subject: String?
    let audiences: Set<String>
    let expiresAt: Timestamp?
    let notBefore: Timestamp?
    let issuedAt: Timestamp?
    /// Claims by name, and by their path in claims that hold others, such as `realm_access.roles`.
    private let texts: [String: [String]]

    /// No claim is looked for deeper than that.
    private static let deepest = 4

    /// - Throws: ``Malformed``.
    init(json: [UInt8]) throws {
        guard let object = try? JSONSerialization.jsonObject(with: Data(json)) as? [String: Any] else {
            throw Malformed()
        }
        issuer = try Self.text(object["iss"])
        subject = try Self.text(object["sub"])
        expiresAt = try Self.time(object["exp"])
        notBefore = try Self.time(object["nbf"])
        issuedAt = try Self.time(object["iat"])
        // An audience is one text, blanks and all.
        switch object["aud"] {
        case nil: audiences = []
        case let one as String: audiences = [one]
        case let list as [String]: audiences = Set(list)
        default: throw Malformed()
        }
        var texts: [String: [String]] = [:]
        Self.collect(object, under: "", depth: 0, into: &texts)
        self.texts = texts
    }

    private static func text(_ value: Any?) throws -> String? {
        guard let value else { return nil }
        guard let text = value as? String else { throw Malformed() }
        return text
    }

    private static func time(_ value: Any?) throws -> Timestamp? {
        guard let value else { return nil }
        // A truth value is a number to the library, and none here.
        guard let number = value as? NSNumber, !(value is Bool && number.objCType.pointee == 0x63) else {
            throw Malformed()
        }
        let seconds = number.doubleValue
        // Within what a date can say; anything else is a mistake or an attack.
        guard seconds.isFinite, (0...253_402_300_799).contains(seconds) else { throw Malformed() }
        return Timestamp(milliseconds: Int64(seconds * 1000))
    }

    private static func collect(
        _ object: [String: Any], under path: String, depth: Int, into texts: inout [String: [String]]
    ) {
        for (name, value) in object {
            switch value {
            case let text as String: texts[path + name] = text.split(separator: " ").map(String.init)
            case let list as [String]: texts[path + name] = list
            case let inner as [String: Any] where depth < deepest:
                collect(inner, under: path + name + ".", depth: depth + 1, into: &texts)
            default: break
            }
        }
    }

    /// The words of a claim, a list or a text with blanks.
    func words(_ name: String) -> [String] { texts[name] ?? [] }
}
