/// The functions of Go's templates and those that Alertmanager 0.25 to 0.34 adds.
enum TemplateFunction: String, Sendable, CaseIterable {
    case and, or, not, len, index, slice, call
    case eq, ne, lt, le, gt, ge
    case print, printf, println, html, js, urlquery
    case toUpper, toLower, title, trimSpace, join, match, safeHtml, safeUrl, urlUnescape, reReplaceAll, stringSlice
    case routeLabels, date, tz, now, since, humanizeDuration, toDate, mustToDate
    case toJson, base64encode, base64decode, list, append, dict

    /// What a function or a method takes.
    struct Signature: Sendable {
        let fixed: [Parameter]
        /// What the arguments behind the fixed ones are, if there may be more.
        var rest: Parameter?

        init(_ fixed: Parameter..., rest: Parameter? = nil) {
            self.fixed = fixed
            self.rest = rest
        }

        func parameter(at index: Int) -> Parameter { index < fixed.count ? fixed[index] : rest ?? .any }
    }

    /// The type of an argument, as far as Go's templates check it.
    enum Parameter: String, Sendable {
        case string
        case strings = "[]string"
        case values = "[]interface {}"
        case time = "time.Time"
        case duration = "time.Duration"
        case any = "interface {}"
        /// A value as it is, of which functions of the language take a closer look.
        case raw = "reflect.Value"

        var canBeNil: Bool { self != .string && self != .time && self != .duration }

        /// Whether a value is of the type.
        func accepts(_ value: TemplateValue) -> Bool {
            switch (self, value) {
            case (.any, _), (.raw, _), (.string, .string), (.time, .time), (.duration, .duration): true
            case (.strings, .list(let list)): list.element == .strings
            case (.values, .list(let list)): list.element == .values
            default: false
            }
        }

        /// Go's zero value of the type.
        var zero: TemplateValue {
            switch self {
            case .strings: .list(TemplateList(.strings, []))
            case .values: .list(TemplateList(.values, []))
            case .any: .null
            default: .none
            }
        }
    }

    var signature: Signature {
        switch self {
        case .and, .or, .index, .slice, .call, .eq: Signature(.raw, rest: .raw)
        case .not, .len: Signature(.raw)
        case .ne, .lt, .le, .gt, .ge: Signature(.raw, .raw)
        case .print, .println, .html, .js, .urlquery, .list, .dict: Signature(rest: .any)
        case .printf: Signature(.string, rest: .any)
        case .toUpper, .toLower, .title, .trimSpace, .safeHtml, .safeUrl, .urlUnescape, .routeLabels, .base64encode,
            .base64decode:
            Signature(.string)
        case .join: Signature(.string, .strings)
        case .match, .toDate, .mustToDate: Signature(.string, .string)
        case .reReplaceAll: Signature(.string, .string, .string)
        case .stringSlice: Signature(rest: .string)
        case .date, .tz: Signature(.string, .time)
        case .now: Signature()
        case .since: Signature(.time)
        case .humanizeDuration, .toJson: Signature(.any)
        case .append: Signature(.values, rest: .any)
        }
    }
}

/// Why a function did not do what it was asked for; the run adds where that was.
struct FunctionError: Error {
    let text: String
    /// Whether it would have needed more than it may have.
    var isLimit = false

    init(_ text: String) { self.text = text }

    static func limit(_ text: String) -> FunctionError {
        var error = FunctionError(text)
        error.isLimit = true
        return error
    }
}
