import TocsinCore

/// A tenant's rules; for each find the first one counts that holds there, and a rule for whole values before all others.
///
/// Pure: the same text gives the same text, so that an alert keeps its fingerprint when it is sent again.
public struct MaskingPolicy: Sendable {
    /// The rules in their order.
    public let rules: [MaskingRule]
    private let scanner: SensitiveScanner

    /// A policy.
    public init(_ rules: [MaskingRule]) {
        self.rules = rules
        scanner = SensitiveScanner(rules.reduce(into: []) { $0.formUnion($1.kinds ?? []) })
    }

    /// Whether there is nothing to do.
    public var isEmpty: Bool { rules.isEmpty }

    /// Whether finds are encrypted, so that their keys are needed.
    public var encrypts: Bool { rules.contains { $0.action == .encrypt } }

    /// The subjects whose keys a text needs.
    public func subjects(
        in text: UnsafeBufferPointer<UInt8>, place: MaskingPlace, name: String, key: IndexKey
    ) -> [String] {
        let rules = rules.filter { $0.holds(in: place, name) }
        guard !text.isEmpty, rules.contains(where: { $0.action == .encrypt }) else { return [] }
        if let whole = rules.first(where: { $0.kinds == nil }) {
            return whole.action == .encrypt ? [SubjectCipher.subject(of: Array(text), kind: nil, key: key)] : []
        }
        return scanner.spans(in: text).compactMap { span in
            let rule = rules.first { $0.kinds?.contains(span.kind) == true }
            guard rule?.action == .encrypt else { return nil }
            return SubjectCipher.subject(of: Array(text[span.bytes]), kind: span.kind, key: key)
        }
    }

    /// A text without what the rules take out of it; `nil` if that is nothing.
    ///
    /// - Parameter keys: The tenant's.
    public func masked(
        _ text: UnsafeBufferPointer<UInt8>, in place: MaskingPlace, name: String, keys: MaskingKeys
    ) -> [UInt8]? {
        let rules = rules.filter { $0.holds(in: place, name) }
        guard !rules.isEmpty, !text.isEmpty else { return nil }
        if let whole = rules.first(where: { $0.kinds == nil }) {
            return Self.replacement(for: Array(text), kind: nil, whole.action, keys)
        }
        var result: [UInt8] = []
        var position = 0
        for span in scanner.spans(in: text) {
            guard let rule = rules.first(where: { $0.kinds?.contains(span.kind) == true }),
                let new = Self.replacement(for: Array(text[span.bytes]), kind: span.kind, rule.action, keys)
            else { continue }
            result.append(contentsOf: text[position..<span.bytes.lowerBound])
            result.append(contentsOf: new)
            position = span.bytes.upperBound
        }
        guard position > 0 else { return nil }
        result.append(contentsOf: text[position...])
        return result
    }

    private static func replacement(
        for text: [UInt8], kind: SensitiveKind?, _ action: MaskingAction, _ keys: MaskingKeys
    ) -> [UInt8]? {
        let name = kind?.rawValue ?? "redacted"
        switch action {
        case .keep: return nil
        case .redact: return Array("[\(name)]".utf8)
        case .hash:
            let digits = keys.index.hashHex(label: "mask", parts: [Array(name.utf8), text]).prefix(16)
            return Array("[\(kind == nil ? "hash" : name):\(digits)]".utf8)
        case .encrypt:
            let subject = SubjectCipher.subject(of: text, kind: kind, key: keys.index)
            let token = keys.subjects[subject].flatMap {
                SubjectCipher.encrypt(text, kind: kind, subject: subject, key: $0)
            }
            // Without a key it is better lost than kept.
            return token ?? Array("[\(name)]".utf8)
        case .mask: return kind.map { stars(text, kind: $0) } ?? Array("***".utf8)
        }
    }

    /// What a person may see of it.
    private static func stars(_ text: [UInt8], kind: SensitiveKind) -> [UInt8] {
        switch kind {
        case .jwt, .pem, .token: return Array("***".utf8)
        case .email:
            guard let at = text.lastIndex(of: UInt8(ascii: "@")), at > 0 else { return Array("***".utf8) }
            return [text[0]] + Array("***".utf8) + text[at...]
        case .ip:
            let separator = UInt8(ascii: text.contains(UInt8(ascii: ":")) ? ":" : ".")
            let parts = text.split(separator: separator, omittingEmptySubsequences: false)
            return Array(parts.prefix(2).joined(separator: [separator])) + [separator, UInt8(ascii: "*")]
        case .phone, .iban, .card, .nationalID:
            let letters = text.indices.filter { isAlphanumeric(text[$0]) }
            let shown = Set(letters.suffix(4))
            return text.indices.map { !isAlphanumeric(text[$0]) || shown.contains($0) ? text[$0] : UInt8(ascii: "*") }
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
