import TocsinAlerts
import TocsinRouting
import Yams

extension AlertmanagerDecoder {
    /// Reads a list.
    mutating func sequence(
        _ node: Node, _ kind: AlertmanagerField.Kind, depth: Int
    ) throws(AlertmanagerFault) -> AlertmanagerValue? {
        switch kind {
        case .list(let schema):
            let schema = schema()
            return try list(node, into: schema.listName, depth: depth) { (decoder, node) throws(AlertmanagerFault) in
                // Alertmanager ends with an error of Go's here.
                if case .scalar(let scalar) = node, GoYAMLScalar(scalar) == .null {
                    throw AlertmanagerFault("an entry of this list is empty", at: decoder.location(node))
                }
                return try decoder.object(node, schema, depth: depth + 1).map { .object($0) }
            }
        case .matchers: return try matchers(node, depth: depth)
        case .dates(let dates):
            return try list(node, into: dates.listName, depth: depth) { (decoder, node) throws(AlertmanagerFault) in
                guard let text = try decoder.value(node, .text, depth: depth)?.text else { return nil }
                do throws(TimeIntervalError) {
                    return .text(dates.text(try dates.parse(text)))
                } catch {
                    throw AlertmanagerFault(error.message, at: decoder.location(node))
                }
            }
        case .secretTexts:
            return try list(node, into: "[]config.Secret", depth: depth) { (decoder, node) throws(AlertmanagerFault) in
                try decoder.value(node, .secret, depth: depth)
            }
        default:
            let isFiles = if case .files = kind { true } else { false }
            return try list(node, into: "[]string", depth: depth) { (decoder, node) throws(AlertmanagerFault) in
                try decoder.value(node, isFiles ? .file : .text, depth: depth)
            }
        }
    }

    /// Every text may hold several matchers; all of them are sorted, as in the keys of groups.
    private mutating func matchers(_ node: Node, depth: Int) throws(AlertmanagerFault) -> AlertmanagerValue? {
        var matchers: [Matcher] = []
        let texts = try list(node, into: "[]string", depth: depth) { (decoder, node) throws(AlertmanagerFault) in
            guard let text = try decoder.value(node, .text, depth: depth)?.text else { return nil }
            do throws(MatcherError) {
                matchers += try Matcher.parseAll(text)
            } catch {
                throw AlertmanagerFault(error.message, at: decoder.location(node))
            }
            return .text(text)
        }
        return texts.map { _ in .list(matchers.sorted().map { .text($0.text) }) }
    }

    /// Reads a mapping whose names are not fixed.
    mutating func mapping(
        _ node: Node, _ kind: AlertmanagerField.Kind, depth: Int
    ) throws(AlertmanagerFault) -> AlertmanagerValue? {
        switch kind {
        case .patternMap:
            return try patterns(node, depth: depth)
        case .objectMap(let schema):
            let schema = schema()
            return try map(node, into: "config.plain", depth: depth) {
                (decoder, _, node) throws(AlertmanagerFault) in
                try decoder.value(node, .object { schema }, depth: depth + 1)
            }
        case .secretListMap:
            return try map(node, into: "map[string][]config.Secret", depth: depth) {
                (decoder, _, node) throws(AlertmanagerFault) in
                try decoder.list(node, into: "[]config.Secret", depth: depth) {
                    (decoder, node) throws(AlertmanagerFault) in try decoder.value(node, .secret, depth: depth + 1)
                }
            }
        case .anyMap:
            return try map(node, into: "map[string]interface {}", depth: depth) {
                (decoder, _, node) throws(AlertmanagerFault) in try decoder.value(node, .anything, depth: depth + 1)
            }
        default:
            return try map(node, into: "map[string]string", depth: depth) {
                (decoder, _, node) throws(AlertmanagerFault) in
                // Go makes nothing an empty text here, and keeps it.
                try decoder.value(node, .text, depth: depth + 1).map { .text($0.text) }
            }
        }
    }

    private mutating func patterns(_ node: Node, depth: Int) throws(AlertmanagerFault) -> AlertmanagerValue? {
        let before = typeErrors.count
        let value = try map(node, into: "config.plain", depth: depth) {
            (decoder, name, node) throws(AlertmanagerFault) in
            let value = try decoder.value(node, .text, depth: depth + 1)
            if case .text(let text)? = value {
                do throws(MatcherError) {
                    _ = try Matcher(name: name, comparison: .fits, value: text)
                } catch {
                    throw AlertmanagerFault(error.message, at: decoder.location(node))
                }
            }
            return value
        }
        guard case .map(let members)? = value, typeErrors.count == before else { return nil }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            guard AlertmanagerNames.isLabel(name) else {
                throw AlertmanagerFault("invalid label name \(GoQuoting.quote(name))")
            }
            if case .none = value {
                throw AlertmanagerFault("invalid regexp value for \(GoQuoting.quote(name))")
            }
        }
        return value
    }
}

/// Names that Alertmanager accepts.
enum AlertmanagerNames {
    /// Whether a name is one that the older fields for matching accept: letters, digits and underscores.
    static func isLabel(_ name: String) -> Bool { name.wholeMatch(of: #/[a-zA-Z_][a-zA-Z0-9_]*/#) != nil }

    /// A header's name with capitals where Go puts them: `In-Reply-To`.
    static func header(_ name: String) -> String {
        guard !name.isEmpty, name.utf8.allSatisfy({ isToken($0) }) else { return name }
        var isStart = true
        return String(
            name.map { letter in
                defer { isStart = letter == "-" }
                return isStart ? Character(letter.uppercased()) : Character(letter.lowercased())
            })
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
