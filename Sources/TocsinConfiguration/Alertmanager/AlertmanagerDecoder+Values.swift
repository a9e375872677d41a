import TocsinAlerts
import TocsinCore
import TocsinRouting
import Yams

extension AlertmanagerDecoder {
    /// Reads a value of a kind.
    ///
    /// - Returns: `nil` if its type is wrong, which is then among ``typeErrors``.
    mutating func value(
        _ node: Node, _ kind: AlertmanagerField.Kind, depth: Int
    ) throws(AlertmanagerFault) -> AlertmanagerValue? {
        try count(node, depth: depth)
        if case .scalar(let scalar) = node, GoYAMLScalar(scalar) == .null { return AlertmanagerValue.none }
        do throws(AlertmanagerFault) {
            switch kind {
            case .bool, .optionalBool, .integer, .unsigned, .fraction: return number(node, kind)
            case .texts, .secretTexts, .files, .matchers, .dates, .list:
                return try sequence(node, kind, depth: depth)
            case .textMap, .secretMap, .secretListMap, .patternMap, .anyMap, .objectMap:
                return try mapping(node, kind, depth: depth)
            case .anything: return try anything(node, depth: depth)
            case .object(let schema): return try object(node, schema(), depth: depth).map { .object($0) }
            case .textOrObject(let name, let schema), .textsOrObject(let name, let schema):
                return try shortForm(node, kind, name, schema(), depth: depth)
            default: return try text(node, kind)
            }
        } catch {
            var fault = error
            fault.location = fault.location ?? location(node)
            throw fault
        }
    }

    private mutating func scalar(_ node: Node, into type: String) -> String? {
        guard case .scalar(let scalar) = node else {
            addTypeError(node, into: type)
            return nil
        }
        return scalar.string
    }

    private mutating func text(
        _ node: Node, _ kind: AlertmanagerField.Kind
    ) throws(AlertmanagerFault) -> AlertmanagerValue? {
        if case .goDuration = kind { return try goDuration(node) }
        let isSecret: Bool
        switch kind {
        case .secret, .secretURLTemplate: isSecret = true
        default: isSecret = false
        }
        guard let text = scalar(node, into: isSecret ? "config.plain" : "string") else { return nil }
        switch kind {
        case .file: return .text(AlertmanagerPath.join(directory, text))
        case .url: return .text(try GoURL.http(text, shown: text).text)
        case .secretURL: return .text(text == "<secret>" ? text : try GoURL.http(text, shown: "<secret>").text)
        case .secretURLTemplate:
            if !text.isEmpty, text != "<secret>", !text.contains("{{") {
                do throws(AlertmanagerFault) {
                    _ = try GoURL.http(text, shown: "<secret>")
                } catch {
                    throw AlertmanagerFault("invalid URL: " + error.message)
                }
            }
            return .text(text)
        case .proxyURL: return .text(try GoURL(text, shown: "<secret>").text)
        case .hostPort: return .text(try hostPort(text))
        case .duration: return .text(DurationText.format(try duration(text)))
        case .tlsVersion:
            guard ["TLS10", "TLS11", "TLS12", "TLS13"].contains(text) else {
                throw AlertmanagerFault("unknown TLS version: \(text)")
            }
            return .text(text)
        case .zone:
            do throws(TimeIntervalError) {
                return .text(try CalendarInterval.location(text).name)
            } catch {
                throw AlertmanagerFault(error.message)
            }
        default: return .text(text)
        }
    }

    private mutating func number(_ node: Node, _ kind: AlertmanagerField.Kind) -> AlertmanagerValue? {
        var found: GoYAMLScalar?
        if case .scalar(let scalar) = node { found = GoYAMLScalar(scalar) }
        let type: String
        switch (kind, found) {
        case (.bool, .bool(let value)?), (.optionalBool, .bool(let value)?): return .bool(value)
        case (.integer, .integer(let value)?): return .integer(value)
        case (.unsigned, .integer(let value)?) where value >= 0: return .integer(value)
        case (.integer, .fraction(let value)?), (.unsigned, .fraction(let value)?):
            // Go cuts off what is behind the point.
            if let whole = Int64(exactly: value.rounded(.towardZero)), whole >= 0 { return .integer(whole) }
            type = "int64"
        case (.fraction, .integer(let value)?): return .fraction(Double(value))
        case (.fraction, .fraction(let value)?): return .fraction(value)
        case (.bool, _), (.optionalBool, _): type = "bool"
        case (.integer, _): type = "int64"
        case (.unsigned, _): type = "uint64"
        default: type = "float64"
        }
        addTypeError(node, into: type)
        return nil
    }

    private func hostPort(_ text: String) throws(AlertmanagerFault) -> String {
        guard !text.isEmpty else { return "" }
        guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") else {
            throw AlertmanagerFault("address \(text): missing port in address")
        }
        let host = text[..<colon]
        guard !host.contains(":") || (host.hasPrefix("[") && host.hasSuffix("]")) else {
            throw AlertmanagerFault("address \(text): too many colons in address")
        }
        guard text.index(after: colon) < text.endIndex else {
            throw AlertmanagerFault("address \(GoQuoting.quote(text)): port cannot be empty")
        }
        return text
    }

    private func duration(_ text: String) throws(AlertmanagerFault) -> Duration {
        guard !text.isEmpty else { throw AlertmanagerFault("empty duration string") }
        guard let duration = DurationText.parse(text) else {
            throw AlertmanagerFault("not a valid duration string: \(GoQuoting.quote(text))")
        }
        return duration
    }

    /// Go's own durations; a bare number counts nanoseconds.
    private mutating func goDuration(_ node: Node) throws(AlertmanagerFault) -> AlertmanagerValue? {
        guard let text = scalar(node, into: "time.Duration") else { return nil }
        if let nanoseconds = Int64(text) { return .text(GoDuration.format(.nanoseconds(nanoseconds))) }
        guard let duration = GoDuration.parse(text) else {
            addTypeError(node, into: "time.Duration")
            return nil
        }
        return .text(GoDuration.format(duration))
    }

    /// A mapping, or the value of one of its fields alone.
    private mutating func shortForm(
        _ node: Node, _ kind: AlertmanagerField.Kind, _ name: String, _ schema: AlertmanagerSchema, depth: Int
    ) throws(AlertmanagerFault) -> AlertmanagerValue? {
        if case .mapping = node { return try object(node, schema, depth: depth + 1).map { .object($0) } }
        guard let short = schema.field(name) else { return nil }
        return try value(node, short.kind, depth: depth + 1).map { value in
            var object = AlertmanagerObject(schema, at: location(node))
            object.set(name, value, at: location(node))
            return .object(object)
        }
    }

    private mutating func anything(_ node: Node, depth: Int) throws(AlertmanagerFault) -> AlertmanagerValue? {
        switch node {
        case .mapping: return try mapping(node, .anyMap, depth: depth)
        case .sequence:
            return try list(node, into: "[]interface {}", depth: depth) { (decoder, node) throws(AlertmanagerFault) in
                try decoder.value(node, .anything, depth: depth + 1)
            }
        case .scalar(let scalar):
            switch GoYAMLScalar(scalar) {
            case .bool(let value): return .bool(value)
            case .integer(let value): return .integer(value)
            case .fraction(let value): return .fraction(value)
            default: return .text(scalar.string)
            }
        case .alias: return AlertmanagerValue.none
        }
    }
}
