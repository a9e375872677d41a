import Foundation

/// A JSON Schema, as far as the vendors' schemas among the contracts use it (drafts 7 and 2020-12).
///
/// A keyword that is not known here is a violation, so that no rule of a vendor's is passed over. `format` is a note only, as
/// it is in both drafts. Source: <https://json-schema.org/draft/2020-12>.
struct JSONSchema {
    private static let notes: Set<String> = [
        "$schema", "$comment", "$id", "$defs", "definitions", "components", "title", "description", "default",
        "example",
        "examples", "format", "contentEncoding",
    ]
    private static let rules: Set<String> = [
        "$ref", "type", "const", "enum", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "properties",
        "patternProperties", "additionalProperties", "propertyNames", "required", "minProperties", "maxProperties",
        "items",
        "prefixItems", "minItems", "maxItems", "uniqueItems", "minLength", "maxLength", "pattern", "minimum", "maximum",
    ]

    private let root: JSONValue

    /// Takes a schema as `JSONSerialization` reads it.
    init(_ schema: Any) { root = JSONValue(schema) }

    /// What a value, as `JSONSerialization` reads it, violates: a path and what is wrong there.
    func violations(of value: Any) -> [String] { check(JSONValue(value), against: root, at: "") }

    private func check(_ value: JSONValue, against schema: JSONValue, at path: String) -> [String] {
        guard case .object(let rules) = schema else {
            return schema == .bool(false) ? ["\(path): nothing is allowed here"] : []
        }
        var found: [String] = []
        for name in rules.keys where !JSONSchema.rules.contains(name) && !JSONSchema.notes.contains(name) {
            found.append("\(path): the schema's keyword '\(name)' is not known")
        }
        if let reference = rules["$ref"]?.string {
            let target = resolve(reference) ?? .bool(false)
            found += check(value, against: target, at: path)
        }
        found += checkValue(value, rules, path) + checkAlternatives(value, rules, path)
        switch value {
        case .object(let members): found += checkObject(members, rules, path)
        case .array(let items): found += checkArray(items, rules, path)
        case .string(let text): found += checkText(text, rules, path)
        case .number(let number): found += checkNumber(number, rules, path)
        case .null, .bool: break
        }
        return found
    }

    /// What a reference into this schema points to.
    private func resolve(_ reference: String) -> JSONValue? {
        guard reference.hasPrefix("#") else { return nil }
        var target = root
        for part in reference.dropFirst().split(separator: "/") {
            let name = (part.removingPercentEncoding ?? String(part)).replacing("~1", with: "/").replacing(
                "~0", with: "~")
            guard let next = target.object?[name] else { return nil }
            target = next
        }
        return target
    }

    private func checkValue(_ value: JSONValue, _ rules: [String: JSONValue], _ path: String) -> [String] {
        var found: [String] = []
        if let type = rules["type"] {
            let types = (type.array ?? [type]).compactMap(\.string)
            if !types.contains(where: value.isA) { found.append("\(path): is no \(types.joined(separator: " or "))") }
        }
        if let constant = rules["const"], constant != value { found.append("\(path): is not \(constant)") }
        if let all = rules["enum"]?.array, !all.contains(value) {
            found.append("\(path): is not among the values allowed")
        }
        return found
    }

    private func checkAlternatives(_ value: JSONValue, _ rules: [String: JSONValue], _ path: String) -> [String] {
        func fits(_ schema: JSONValue) -> Bool { check(value, against: schema, at: path).isEmpty }
        var found = (rules["allOf"]?.array ?? []).flatMap { check(value, against: $0, at: path) }
        if let any = rules["anyOf"]?.array, !any.contains(where: fits) {
            let nearest = any.map { check(value, against: $0, at: path) }.min { $0.count < $1.count } ?? []
            found.append("\(path): fits none of \(any.count) alternatives (\(nearest.joined(separator: "; ")))")
        }
        if let one = rules["oneOf"]?.array {
            let count = one.count(where: fits)
            if count != 1 { found.append("\(path): fits \(count) of \(one.count) alternatives") }
        }
        if let not = rules["not"], fits(not) { found.append("\(path): is what it must not be") }
        if let condition = rules["if"], let branch = rules[fits(condition) ? "then" : "else"] {
            found += check(value, against: branch, at: path)
        }
        return found
    }

    private func checkObject(_ members: [String: JSONValue], _ rules: [String: JSONValue], _ path: String) -> [String] {
        var found: [String] = []
        for name in (rules["required"]?.array ?? []).compactMap(\.string) where members[name] == nil {
            found.append("\(path): '\(name)' is missing")
        }
        found += checkCount(members.count, rules, "minProperties", "maxProperties", path)
        let properties = rules["properties"]?.object ?? [:]
        let patterns = rules["patternProperties"]?.object ?? [:]
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            let place = path + "/" + name
            if let names = rules["propertyNames"] { found += check(.string(name), against: names, at: place) }
            let matching = patterns.filter { matches(name, $0.key) }.map(\.value)
            for schema in matching { found += check(value, against: schema, at: place) }
            if let schema = properties[name] {
                found += check(value, against: schema, at: place)
            } else if matching.isEmpty, let others = rules["additionalProperties"] {
                found += check(value, against: others, at: place)
            }
        }
        return found
    }

    private func checkArray(_ items: [JSONValue], _ rules: [String: JSONValue], _ path: String) -> [String] {
        var found = checkCount(items.count, rules, "minItems", "maxItems", path)
        let prefix = rules["prefixItems"]?.array ?? []
        for (index, item) in items.enumerated() {
            guard let schema = index < prefix.count ? prefix[index] : rules["items"] else { continue }
            found += check(item, against: schema, at: "\(path)/\(index)")
        }
        if rules["uniqueItems"] == .bool(true), Set(items).count != items.count {
            found.append("\(path): has an item twice")
        }
        return found
    }

    /// Lengths are counted in Unicode scalars.
    private func checkText(_ text: String, _ rules: [String: JSONValue], _ path: String) -> [String] {
        var found = checkCount(text.unicodeScalars.count, rules, "minLength", "maxLength", path)
        if let pattern = rules["pattern"]?.string, !matches(text, pattern) {
            found.append("\(path): does not match '\(pattern)'")
        }
        return found
    }

    private func checkNumber(_ number: Double, _ rules: [String: JSONValue], _ path: String) -> [String] {
        var found: [String] = []
        if let least = rules["minimum"]?.number, number < least { found.append("\(path): is less than \(least)") }
        if let most = rules["maximum"]?.number, number > most { found.append("\(path): is more than \(most)") }
        return found
    }

    private func checkCount(
        _ count: Int, _ rules: [String: JSONValue], _ minimum: String, _ maximum: String, _ path: String
    ) -> [String] {
        var found: [String] = []
        if let least = rules[minimum]?.number, Double(count) < least { found.append("\(path): \(count) < \(minimum)") }
        if let most = rules[maximum]?.number, Double(count) > most {
            found.append("\(path): \(count) > \(maximum) \(Int(most))")
        }
        return found
    }

    private func matches(_ text: String, _ pattern: String) -> Bool {
        text.range(of: pattern, options: .regularExpression) != nil
    }
}

/// A value of JSON that can be compared: `JSONSerialization` tells booleans and numbers apart by their box only.
enum JSONValue: Hashable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Takes a value as `JSONSerialization` reads it.
    init(_ value: Any) {
        switch value {
        case let text as String: self = .string(text)
        case let items as [Any]: self = .array(items.map(JSONValue.init))
        case let members as [String: Any]: self = .object(members.mapValues(JSONValue.init))
        case let number as NSNumber:
            self = String(cString: number.objCType) == "c" ? .bool(number.boolValue) : .number(number.doubleValue)
        default: self = .null
        }
    }

    var string: String? { if case .string(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var array: [JSONValue]? { if case .array(let items) = self { items } else { nil } }
    var object: [String: JSONValue]? { if case .object(let members) = self { members } else { nil } }

    /// Whether it is of a type that JSON Schema names; an integer is any number without a fraction.
    func isA(_ type: String) -> Bool {
        switch self {
        case .null: type == "null"
        case .bool: type == "boolean"
        case .number(let number): type == "number" || (type == "integer" && number == number.rounded())
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }
}
