/// Turns a file back into YAML as Alertmanager shows it: defaults filled in and secrets hidden.
enum AlertmanagerOutput {
    static let hidden = "<secret>"

    /// The fields of a mapping that Alertmanager shows.
    static func node(_ object: AlertmanagerObject) -> GoYAMLNode {
        .map(
            object.schema.fields.compactMap { field in
                let value = object[field.name]
                guard field.isAlwaysShown || !isZero(value, field) else { return nil }
                return GoYAMLNode.Member(name: field.name, node: node(value, field.kind), isFlow: field.isFlow)
            })
    }

    /// Whether Go takes the value for one that nobody set.
    static func isZero(_ value: AlertmanagerValue, _ field: AlertmanagerField) -> Bool {
        switch value {
        case .bool(let bool):
            if case .optionalBool = field.kind { return false }
            return !bool
        case .integer(let number): return number == 0
        case .fraction(let number): return number == 0
        case .text("0s"):
            if case .goDuration = field.kind { return true }
            return false
        case .object(let object):
            return field.isStruct && object.schema.fields.allSatisfy { isZero(object[$0.name], $0) }
        default: return value.isEmpty
        }
    }

    private static func node(_ value: AlertmanagerValue, _ kind: AlertmanagerField.Kind) -> GoYAMLNode {
        switch (value, kind) {
        case (.none, _): zero(kind)
        case (.text(let text), .secret), (.text(let text), .secretURL), (.text(let text), .secretURLTemplate):
            text.isEmpty ? .literal("null") : .text(hidden)
        case (.text(let text), .proxyURL): .text((try? GoURL(text, shown: ""))?.redacted ?? hidden)
        case (.text(""), .patternMap): .literal("null")
        case (.text(let text), _): .text(text)
        case (.list(let items), .anything): .list(items.map { node($0, .anything) })
        case (.list(let items), .secretTexts): .list(items.map { node($0, .secret) })
        case (.list(let items), _): .list(items.map { node($0, .text) })
        case (.map(let members), .secretMap): map(members, .secret)
        case (.map(let members), .secretListMap):
            map(members.mapValues { .list($0.items.map { _ in .text(hidden) }) }, .text)
        case (.map(let members), .patternMap): map(members, .patternMap)
        case (.map(let members), _): map(members, .anything)
        case (.object(let object), _): node(object)
        default: plain(value)
        }
    }

    private static func plain(_ value: AlertmanagerValue) -> GoYAMLNode {
        switch value {
        case .bool(let bool): .literal(bool ? "true" : "false")
        case .integer(let number): .literal(String(number))
        case .fraction(let number): .literal(String(number))
        case .none: .literal("null")
        case .text, .list, .map, .object: node(value, .anything)
        }
    }

    private static func map(_ members: [String: AlertmanagerValue], _ kind: AlertmanagerField.Kind) -> GoYAMLNode {
        .map(GoYAMLOrder.sorted(members.keys).map { .init(name: $0, node: node(members[$0] ?? .none, kind)) })
    }

    /// What Go shows for a field that is always shown and was not set.
    private static func zero(_ kind: AlertmanagerField.Kind) -> GoYAMLNode {
        switch kind {
        case .text, .file, .hostPort: .text("")
        case .bool, .optionalBool: .literal("false")
        case .integer, .unsigned, .fraction: .literal("0")
        case .duration, .goDuration: .text("0s")
        case .texts, .secretTexts, .files, .matchers, .list, .dates: .list([])
        case .object, .objectMap, .textMap, .anyMap, .secretMap, .secretListMap, .patternMap: .map([])
        default: .literal("null")
        }
    }
}

extension AlertmanagerField {
    /// Whether it is part of the mapping around it, so that Go leaves it out where all of it is zero.
    var isStruct: Bool {
        switch kind {
        case .object: ["tls_config", "threading"].contains(name)
        case .textOrObject, .textsOrObject: true
        default: false
        }
    }

    /// Whether its values stand on one line.
    var isFlow: Bool {
        switch kind {
        case .dates, .zone: true
        default: false
        }
    }
}

extension AlertmanagerValue {
    /// The entries of a list.
    var items: [AlertmanagerValue] {
        if case .list(let items) = self { return items }
        return []
    }
}

/// The order in which Go's YAML writer puts names: numbers in them by their size, letters behind everything else.
///
/// Format: `gopkg.in/yaml.v2` 2.4, sorter.go.
enum GoYAMLOrder {
    static func sorted(_ names: some Sequence<String>) -> [String] { names.sorted(by: precedes) }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        let left = Array(left.unicodeScalars)
        let right = Array(right.unicodeScalars)
        guard let index = zip(left, right).enumerated().first(where: { $1.0 != $1.1 })?.offset else {
            return left.count < right.count
        }
        let isLeftLetter = left[index].properties.isAlphabetic
        let isRightLetter = right[index].properties.isAlphabetic
        if isLeftLetter, isRightLetter { return left[index] < right[index] }
        if isLeftLetter || isRightLetter { return isRightLetter }
        let (leftNumber, leftLength) = number(left, from: index, other: right[index])
        let (rightNumber, rightLength) = number(right, from: index, other: left[index])
        if leftNumber != rightNumber { return leftNumber < rightNumber }
        if leftLength != rightLength { return leftLength < rightLength }
        return left[index] < right[index]
    }

    /// The number that starts where two names differ; a zero there belongs to digits before it.
    private static func number(
        _ scalars: [Unicode.Scalar], from index: Int, other: Unicode.Scalar
    ) -> (number: UInt64, length: Int) {
        var number: UInt64 = 0
        if scalars[index] == "0" || other == "0" {
            let before = scalars[..<index].reversed().prefix(while: isDigit)
            if before.contains(where: { $0 != "0" }) { number = 1 }
        }
        let digits = scalars[index...].prefix(while: isDigit)
        for digit in digits { number = number &* 10 &+ UInt64(digit.value &- 0x30) }
        return (number, digits.count)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
}
