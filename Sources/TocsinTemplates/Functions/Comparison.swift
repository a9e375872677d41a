/// How Go's templates compare values.
enum Comparison {
    private enum Kind { case none, bool, integer, float, text }

    private static let incompatible = FunctionError("incompatible types for comparison")
    private static let invalid = FunctionError("invalid type for comparison")

    private static func kind(_ value: TemplateValue) -> Kind {
        switch value {
        case .bool: .bool
        case .int, .duration, .month, .weekday: .integer
        case .float: .float
        case .string, .html, .url: .text
        default: .none
        }
    }

    private static func isNil(_ value: TemplateValue) -> Bool {
        switch value {
        case .none, .null: true
        default: false
        }
    }

    /// Whether the first equals any of the others.
    static func isEqual(_ first: TemplateValue, toAnyOf others: [TemplateValue]) throws(FunctionError) -> Bool {
        guard !others.isEmpty else { throw FunctionError("missing argument for comparison") }
        for other in others where try isEqual(first, other) { return true }
        return false
    }

    private static func isEqual(_ left: TemplateValue, _ right: TemplateValue) throws(FunctionError) -> Bool {
        guard kind(left) == kind(right) else {
            if isNil(left) || isNil(right) { return false }
            throw incompatible
        }
        switch (left, right) {
        case (.bool(let left), .bool(let right)): return left == right
        case (.float(let left), .float(let right)): return left == right
        case (.time(let left), .time(let right)): return left == right
        case _ where isNil(left) || isNil(right): return isNil(left) == isNil(right)
        case (.list, .list), (.map, .map): throw FunctionError("non-comparable type \(right.typeName)")
        case (.object(let left), .object(let right)): return try isEqual(left, right)
        case _ where kind(left) == .none:
            throw FunctionError("non-comparable types \(left.typeName), \(right.typeName)")
        default:
            if let left = left.text, let right = right.text { return left.isSame(as: right) }
            return left.integer == right.integer
        }
    }

    private static func isEqual(_ left: TemplateObject, _ right: TemplateObject) throws(FunctionError) -> Bool {
        guard left.typeName == right.typeName, left.members.allSatisfy({ $0.value.text != nil }) else {
            throw FunctionError("non-comparable type \(right.typeName)")
        }
        for (left, right) in zip(left.members, right.members) where try !isEqual(left.value, right.value) {
            return false
        }
        return true
    }

    static func isLess(_ left: TemplateValue, _ right: TemplateValue) throws(FunctionError) -> Bool {
        guard kind(left) != .none, kind(right) != .none else { throw invalid }
        guard kind(left) == kind(right) else { throw incompatible }
        switch (left, right) {
        case (.bool, _): throw invalid
        case (.float(let left), .float(let right)): return left < right
        default:
            if let left = left.text, let right = right.text { return left.precedes(right) }
            return (left.integer ?? 0) < (right.integer ?? 0)
        }
    }

    static func isLessOrEqual(_ left: TemplateValue, _ right: TemplateValue) throws(FunctionError) -> Bool {
        if try isLess(left, right) { return true }
        return try isEqual(left, right)
    }
}
