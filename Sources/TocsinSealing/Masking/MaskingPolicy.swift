import TocsinCore

/// A tenant's rules; for each find the first one counts that holds there, and a rule for whole values before all others.
///
/// Pure: the same text gives the same text, so that an alert keeps its fingerprint when it is sent again.
public struct MaskingPolicy: Sendable {
    /// The rules in their order.
    public let rules: [MaskingRule]
    private let scanner: SensitiveScanner
    private let compiled: [CompiledRule]

    /// A rule in a form that costs little to ask for every text.
    private struct CompiledRule {
        let places: [Bool]
        let names: Set<String>?
        let kinds: SensitiveKinds?
        let action: MaskingAction

        init(_ rule: MaskingRule) {
            places = MaskingPlace.allCases.map(rule.places.contains)
            names = rule.names
            kinds = rule.kinds.map(SensitiveKinds.init)
            action = rule.action
        }

        func holds(in place: MaskingPlace, _ name: String) -> Bool {
            places[place.index] && names?.contains(name) != false
        }
    }

    /// A policy.
    public init(_ rules: [MaskingRule]) {
        self.rules = rules
        compiled = rules.map(CompiledRule.init)
        scanner = SensitiveScanner(rules.reduce(into: []) { $0.formUnion($1.kinds ?? []) })
    }

    /// Whether there is nothing to do.
    public var isEmpty: Bool { rules.isEmpty }

    /// Whether finds are encrypted, so that their keys are needed.
    public var encrypts: Bool { rules.contains { $0.action == .encrypt } }

    /// What is found in a text, and what becomes of it.
    public struct Finds: Sendable {
        /// One find.
        struct Find: Sendable {
            let bytes: Range<Int>
            let kind: SensitiveKind?
            let action: MaskingAction
            /// The name of its key, if it is encrypted.
            let subject: String?
        }

        let finds: [Find]

        /// Whether there is nothing to do.
        public var isEmpty: Bool { finds.isEmpty }
        /// The subjects whose keys are needed.
        public var subjects: [String] { finds.compactMap(\.subject) }
    }

    /// Looks through a text.
    ///
    /// - Parameter key: The tenant's, for names of keys.
    public func finds(
        in text: UnsafeBufferPointer<UInt8>, place: MaskingPlace, name: String, key: IndexKey
    ) -> Finds {
        guard !text.isEmpty else { return Finds(finds: []) }
        let rules = compiled.filter { $0.holds(in: place, name) }
        if let whole = rules.first(where: { $0.kinds == nil }) {
            return Finds(finds: Self.find(0..<text.count, nil, whole.action, in: text, key).map { [$0] } ?? [])
        }
        guard !rules.isEmpty else { return Finds(finds: []) }
        return Finds(
            finds: scanner.spans(in: text).compactMap { span in
                guard let rule = rules.first(where: { $0.kinds?.contains(span.kind) == true }) else { return nil }
                return Self.find(span.bytes, span.kind, rule.action, in: text, key)
            })
    }

    private static func find(
        _ bytes: Range<Int>, _ kind: SensitiveKind?, _ action: MaskingAction, in text: UnsafeBufferPointer<UInt8>,
        _ key: IndexKey
    ) -> Finds.Find? {
        guard action != .keep else { return nil }
        let subject =
            action == .encrypt ? SubjectCipher.subject(of: Array(text[bytes]), kind: kind, key: key) : nil
        return Finds.Find(bytes: bytes, kind: kind, action: action, subject: subject)
    }

    /// A text without what was found in it; `nil` if that is nothing.
    ///
    /// - Parameter keys: The tenant's.
    public func masked(_ text: UnsafeBufferPointer<UInt8>, _ finds: Finds, keys: MaskingKeys) -> [UInt8]? {
        guard !finds.isEmpty else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(text.count + 64)
        var position = 0
        for find in finds.finds {
            result.append(contentsOf: text[position..<find.bytes.lowerBound])
            result.append(contentsOf: Self.replacement(for: Array(text[find.bytes]), find, keys))
            position = find.bytes.upperBound
        }
        result.append(contentsOf: text[position...])
        return result
    }

    /// A text without what the rules take out of it; `nil` if that is nothing.
    ///
    /// - Parameter keys: The tenant's.
    public func masked(
        _ text: UnsafeBufferPointer<UInt8>, in place: MaskingPlace, name: String, keys: MaskingKeys
    ) -> [UInt8]? {
        masked(text, finds(in: text, place: place, name: name, key: keys.index), keys: keys)
    }

    private static func replacement(for text: [UInt8], _ find: Finds.Find, _ keys: MaskingKeys) -> [UInt8] {
        let name = find.kind?.rawValue ?? "redacted"
        switch find.action {
        case .keep: return text
        case .redact: return Array("[\(name)]".utf8)
        case .hash:
            let digits = keys.index.hashHex(label: "mask", parts: [Array(name.utf8), text]).prefix(16)
            return Array("[\(find.kind == nil ? "hash" : name):\(digits)]".utf8)
        case .encrypt:
            let token = find.subject.flatMap { subject in
                keys.subjects[subject].flatMap {
                    SubjectCipher.encrypt(text, kind: find.kind, subject: subject, key: $0)
                }
            }
            // Without a key it is better lost than kept.
            return token ?? Array("[\(name)]".utf8)
        case .mask: return find.kind.map { stars(text, kind: $0) } ?? Array("***".utf8)
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
