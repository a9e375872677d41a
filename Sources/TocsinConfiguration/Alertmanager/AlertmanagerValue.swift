/// A value of an Alertmanager file once it is known what it has to be.
indirect enum AlertmanagerValue: Sendable {
    /// Nothing was said: Go's zero value, or a pointer to nothing.
    case none
    case text(String)
    case bool(Bool)
    case integer(Int64)
    case fraction(Double)
    case list([AlertmanagerValue])
    case map([String: AlertmanagerValue])
    case object(AlertmanagerObject)

    var text: String {
        if case .text(let text) = self { return text }
        return ""
    }

    /// Whether Go would leave it out of what it prints.
    var isEmpty: Bool {
        switch self {
        case .none: true
        case .text(let text): text.isEmpty
        case .list(let items): items.isEmpty
        case .map(let members): members.isEmpty
        case .bool, .integer, .fraction, .object: false
        }
    }
}

/// A mapping of an Alertmanager file with its defaults filled in.
struct AlertmanagerObject: Sendable {
    let schema: AlertmanagerSchema
    let location: SourceLocation
    private(set) var values: [String: AlertmanagerValue]
    private(set) var locations: [String: SourceLocation] = [:]

    /// - Parameter hasDefaults: Go gives defaults to a mapping that is there, but not to one that is left out.
    init(_ schema: AlertmanagerSchema, at location: SourceLocation, hasDefaults: Bool = true) {
        self.schema = schema
        self.location = location
        values = hasDefaults ? schema.defaults : [:]
    }

    subscript(name: String) -> AlertmanagerValue {
        get { values[name] ?? .none }
        set { values[name] = newValue }
    }

    mutating func set(_ name: String, _ value: AlertmanagerValue, at location: SourceLocation) {
        values[name] = value
        locations[name] = location
    }

    /// Where a field is, or the mapping if it was filled in.
    func location(of name: String) -> SourceLocation { locations[name] ?? location }

    func text(_ name: String) -> String { self[name].text }

    func has(_ name: String) -> Bool { !self[name].isEmpty }

    func bool(_ name: String) -> Bool {
        if case .bool(let value) = self[name] { return value }
        return false
    }

    func integer(_ name: String) -> Int64 {
        if case .integer(let value) = self[name] { return value }
        return 0
    }

    func object(_ name: String) -> AlertmanagerObject? {
        if case .object(let object) = self[name] { return object }
        return nil
    }

    func texts(_ name: String) -> [String] {
        if case .list(let items) = self[name] { return items.map(\.text) }
        return []
    }

    func map(_ name: String) -> [String: AlertmanagerValue] {
        if case .map(let members) = self[name] { return members }
        return [:]
    }

    func objects(_ name: String) -> [AlertmanagerObject] {
        guard case .list(let items) = self[name] else { return [] }
        return items.compactMap {
            if case .object(let object) = $0 { return object }
            return nil
        }
    }

    /// Takes the value of another field if this one has none.
    mutating func inherit(_ name: String, from other: AlertmanagerObject, _ otherName: String) {
        if !has(name) { self[name] = other[otherName] }
    }
}
