/// A value in a template, with as much of Go's types as templates can tell apart.
///
/// Texts are well-formed UTF-8, unlike Go's: what would cut a character in two gives U+FFFD instead. Large values are
/// kept indirectly, because renderings recurse and their stack may be small.
public enum TemplateValue: Sendable {
    /// Nothing at all, printed as `<no value>`: the value of a member of nothing.
    case none
    /// Go's nil in a list or map of any values, printed as `<nil>`.
    case null
    /// A truth value.
    case bool(Bool)
    /// An integer.
    case int(Int)
    /// A floating-point number.
    case float(Double)
    /// A text, which HTML templates escape.
    case string(String)
    /// A text that is HTML already.
    case html(String)
    /// A text that is a URL whose scheme is trusted.
    case url(String)
    /// Values in order.
    indirect case list(TemplateList)
    /// Values by name, in the order of the names' bytes.
    indirect case map(TemplateMap)
    /// A value with fixed members, as Go's structs.
    indirect case object(TemplateObject)
    /// A moment.
    indirect case time(TemplateTime)
    /// A length of time in nanoseconds.
    case duration(Int64)
    /// A month, from 1.
    case month(Int)
    /// A day of the week, Sunday being 0.
    case weekday(Int)
}

/// Values in order.
public struct TemplateList: Sendable {
    /// What the values are, and with it which methods the list has.
    public enum Element: String, Sendable {
        /// Texts: Go's `[]string`.
        case strings = "[]string"
        /// Any values: Go's `[]interface {}`.
        case values = "[]interface {}"
        /// The alerts of a notification, with `Firing` and `Resolved`.
        case alerts = "template.Alerts"
        /// Some of the alerts.
        case someAlerts = "[]template.Alert"
        /// Names with values, with `Names` and `Values`.
        case pairs = "template.Pairs"
    }

    /// What the values are.
    public let element: Element
    /// The values.
    public let values: [TemplateValue]
    let depth: Int

    /// Makes a list.
    public init(_ element: Element, _ values: [TemplateValue]) {
        self.element = element
        self.values = values
        // Only lists of any values can hold what a template has nested; the others are made by this module.
        depth = 1 + (element == .values ? values.reduce(0) { max($0, $1.depth) } : 3)
    }
}

/// Values by name.
public struct TemplateMap: Sendable {
    /// A name and its value.
    public struct Entry: Sendable {
        let name: String
        let value: TemplateValue
    }

    /// Whether all values are texts, as in labels: what such a map lacks is an empty text, and it has methods.
    let isLabels: Bool
    let entries: [Entry]
    let depth: Int

    var typeName: String { isLabels ? "template.KV" : "map[string]interface {}" }
    /// What a name has that the map does not have.
    var missing: TemplateValue { isLabels ? .string("") : .null }

    /// Labels or annotations: Alertmanager's `KV`; of two equal names the later counts.
    public init(labels: some Sequence<(String, String)>) {
        entries = Self.sorted(labels.map { Entry(name: $0, value: .string($1)) })
        isLabels = true
        depth = 1
    }

    /// Any values by name; of two equal names the later counts.
    public init(_ members: some Sequence<(String, TemplateValue)>) {
        entries = Self.sorted(members.map { Entry(name: $0, value: $1) })
        isLabels = false
        depth = 1 + entries.reduce(0) { max($0, $1.value.depth) }
    }

    /// Labels that are sorted already.
    init(sortedLabels: [Entry]) {
        entries = sortedLabels
        isLabels = true
        depth = 1
    }

    subscript(name: String) -> TemplateValue? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].name.precedes(name) { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].name.isSame(as: name) ? entries[low].value : nil
    }

    private static func sorted(_ entries: [Entry]) -> [Entry] {
        let ordered = entries.enumerated().sorted { left, right in
            left.element.name.isSame(as: right.element.name)
                ? left.offset < right.offset : left.element.name.precedes(right.element.name)
        }
        var kept: [Entry] = []
        for (_, entry) in ordered {
            if let last = kept.last, last.name.isSame(as: entry.name) { kept.removeLast() }
            kept.append(entry)
        }
        return kept
    }
}

/// A value with fixed members.
public struct TemplateObject: Sendable {
    struct Member: Sendable {
        let name: String
        /// The name in JSON.
        let key: String
        let value: TemplateValue
    }

    /// The name of Go's type, which errors show.
    let typeName: String
    let members: [Member]

    subscript(name: String) -> TemplateValue? { members.first { $0.name.isSame(as: name) }?.value }
}

extension String {
    /// Whether both are the same byte by byte, as Go compares texts.
    func isSame(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
    /// Whether this comes first in the order of bytes.
    func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}

extension TemplateValue {
    /// How deep lists and maps nest in it.
    var depth: Int {
        switch self {
        case .list(let list): list.depth
        case .map(let map): map.depth
        case .object: 4
        default: 0
        }
    }

    /// The text of a text of any type.
    var text: String? {
        switch self {
        case .string(let text), .html(let text), .url(let text): text
        default: nil
        }
    }

    /// The number of a value that Go keeps as an integer.
    var integer: Int? {
        switch self {
        case .int(let value), .month(let value), .weekday(let value): value
        case .duration(let nanoseconds): Int(nanoseconds)
        default: nil
        }
    }

    /// The name of Go's type.
    var typeName: String {
        switch self {
        case .none, .null: "<nil>"
        case .bool: "bool"
        case .int: "int"
        case .float: "float64"
        case .string: "string"
        case .html: "template.HTML"
        case .url: "template.URL"
        case .list(let list): list.element.rawValue
        case .map(let map): map.typeName
        case .object(let object): object.typeName
        case .time: "time.Time"
        case .duration: "time.Duration"
        case .month: "time.Month"
        case .weekday: "time.Weekday"
        }
    }

    /// What Go's templates take for true: everything that is not zero or empty.
    var isTrue: Bool {
        switch self {
        case .none, .null: false
        case .bool(let value): value
        case .int, .month, .weekday, .duration: integer != 0
        case .float(let value): value != 0
        case .string(let text), .html(let text), .url(let text): !text.isEmpty
        case .list(let list): !list.values.isEmpty
        case .map(let map): !map.entries.isEmpty
        case .object, .time: true
        }
    }
}
