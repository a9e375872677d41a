import TocsinAlerts
import Yams

/// Turns the values of a YAML file into those that a schema asks for, as Go's strict YAML reader does.
///
/// Values of wrong types and unknown fields are collected, and told together; what a schema's check finds wrong is told
/// at once. In both the first is the one that Alertmanager tells.
struct AlertmanagerDecoder {
    /// For places in messages.
    let file: String
    /// Relative paths start here.
    let directory: String
    /// What has a wrong type or name, in Go's words, and where the first of it is.
    private(set) var typeErrors: [String] = []
    private(set) var firstTypeError: SourceLocation?
    private var steps = 0

    /// Aliases can make a small file a huge one, so what is read is counted.
    private static let maximumSteps = 200_000
    private static let maximumDepth = 64

    init(file: String, directory: String) {
        self.file = file
        self.directory = directory
    }

    /// Reads a mapping.
    ///
    /// - Returns: `nil` if something in it has a wrong type.
    mutating func object(
        _ node: Node, _ schema: AlertmanagerSchema, depth: Int = 0
    ) throws(AlertmanagerFault) -> AlertmanagerObject? {
        try count(node, depth: depth)
        guard case .mapping(let mapping) = node else {
            addTypeError(node, into: schema.typeName)
            return nil
        }
        let before = typeErrors.count
        var object = AlertmanagerObject(schema, at: location(node))
        try read(mapping, into: &object, depth: depth)
        guard typeErrors.count == before else { return nil }
        do throws(AlertmanagerFault) {
            try schema.check(&object)
        } catch {
            var fault = error
            fault.location = fault.location ?? object.location
            throw fault
        }
        return object
    }

    private mutating func read(
        _ mapping: Node.Mapping, into object: inout AlertmanagerObject, depth: Int
    ) throws(AlertmanagerFault) {
        for (key, node) in mapping {
            guard case .scalar(let name) = key else {
                addTypeError(key, into: "string")
                continue
            }
            if name.string == "<<", name.style == .plain {
                for source in try mergeSources(node) { try read(source, into: &object, depth: depth + 1) }
                continue
            }
            if let twin = AlertmanagerYAML.nameOfTwin(name.string) {
                let isKnown = object.schema.field(twin) != nil
                let problem = isKnown ? "already set" : "not found"
                add("field \(twin) \(problem) in type \(object.schema.typeName)", at: key)
                continue
            }
            guard let field = object.schema.field(name.string) else {
                add("field \(name.string) not found in type \(object.schema.typeName)", at: key)
                continue
            }
            guard var value = try value(node, field.kind, depth: depth + 1) else { continue }
            // Go puts more into a map that a merge has begun.
            if case .map(let more) = value { value = .map(object.map(field.name).merging(more) { $1 }) }
            object.set(field.name, value, at: location(node))
        }
    }

    /// The mappings of a merge; Go takes the first of a list as the most important, and therefore last.
    private func mergeSources(_ node: Node) throws(AlertmanagerFault) -> [Node.Mapping] {
        let fault = AlertmanagerFault(
            "yaml: map merge requires map or sequence of maps as the value", at: location(node))
        switch node {
        case .mapping(let mapping): return [mapping]
        case .sequence(let items):
            var sources: [Node.Mapping] = []
            for item in items.reversed() {
                guard case .mapping(let mapping) = item else { throw fault }
                sources.append(mapping)
            }
            return sources
        default: throw fault
        }
    }

    mutating func list(
        _ node: Node, into type: String, depth: Int,
        _ item: (inout AlertmanagerDecoder, Node) throws(AlertmanagerFault) -> AlertmanagerValue?
    ) throws(AlertmanagerFault) -> AlertmanagerValue? {
        guard case .sequence(let nodes) = node else {
            addTypeError(node, into: type)
            return nil
        }
        var items: [AlertmanagerValue] = []
        for node in nodes {
            try count(node, depth: depth)
            if let value = try item(&self, node) { items.append(value) }
        }
        return .list(items)
    }

    mutating func map(
        _ node: Node, into type: String, depth: Int,
        _ item: (inout AlertmanagerDecoder, String, Node) throws(AlertmanagerFault) -> AlertmanagerValue?
    ) throws(AlertmanagerFault) -> AlertmanagerValue? {
        guard case .mapping(let mapping) = node else {
            addTypeError(node, into: type)
            return nil
        }
        var members: [String: AlertmanagerValue] = [:]
        for (key, node) in mapping {
            try count(node, depth: depth)
            guard case .scalar(let name) = key else {
                addTypeError(key, into: "string")
                continue
            }
            if name.string == "<<", name.style == .plain {
                for source in try mergeSources(node) {
                    let merged = try map(.mapping(source), into: type, depth: depth + 1, item)
                    if case .map(let more)? = merged { members.merge(more) { $1 } }
                }
                continue
            }
            let twin = AlertmanagerYAML.nameOfTwin(name.string)
            guard let value = try item(&self, twin ?? name.string, node) else { continue }
            if let twin {
                add("key \(GoQuoting.quote(twin)) already set in map", at: node)
            } else {
                members[name.string] = value
            }
        }
        return .map(members)
    }

    /// Counts a value that is read, so that no file takes for ever.
    mutating func count(_ node: Node, depth: Int) throws(AlertmanagerFault) {
        steps += 1
        guard depth <= AlertmanagerDecoder.maximumDepth else {
            throw AlertmanagerFault("yaml: the document nests too deeply", at: location(node))
        }
        guard steps <= AlertmanagerDecoder.maximumSteps else {
            throw AlertmanagerFault("yaml: document contains excessive aliasing", at: location(node))
        }
    }

    func location(_ node: Node) -> SourceLocation {
        SourceLocation(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    private mutating func add(_ message: String, at node: Node) {
        let place = location(node)
        firstTypeError = firstTypeError ?? place
        typeErrors.append("line \(place.line): \(message)")
    }

    /// Tells that a value does not fit a type; at most its first seven letters are shown.
    mutating func addTypeError(_ node: Node, into type: String) {
        var found = ""
        switch node {
        case .scalar(let scalar):
            let isLong = scalar.string.utf8.count > 10
            let shown = isLong ? String(decoding: scalar.string.utf8.prefix(7), as: UTF8.self) + "..." : scalar.string
            found = GoYAMLScalar(scalar).tag + " `\(shown)`"
        case .sequence: found = "!!seq"
        case .mapping: found = "!!map"
        case .alias: found = "!!alias"
        }
        add("cannot unmarshal \(found) into \(type)", at: node)
    }
}

extension GoYAMLScalar {
    /// What a value is, by its quotes and its tag.
    init(_ scalar: Node.Scalar) {
        switch scalar.tag.description {
        case "tag:yaml.org,2002:str", "!": self = .text
        default: self = scalar.style == .plain ? GoYAMLScalar.resolve(scalar.string) : .text
        }
    }
}
