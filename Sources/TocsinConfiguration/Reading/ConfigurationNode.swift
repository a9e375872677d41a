import Yams

/// A value of a YAML file, with its place.
public struct ConfigurationNode: Sendable {
    /// What a value is.
    public enum Value: Sendable {
        /// Nothing, `null` or `~`.
        case null
        /// A text, number or truth value, as it is written.
        case scalar(String)
        /// Values in their order.
        case sequence([ConfigurationNode])
        /// Members in their order.
        case mapping([Member])

        /// The kind in words, for messages.
        var words: String {
            switch self {
            case .null: "nothing"
            case .scalar: "a single value"
            case .sequence: "a list"
            case .mapping: "a mapping"
            }
        }
    }

    /// A name and its value.
    public struct Member: Sendable {
        /// The name.
        public let name: String
        /// Where the name is.
        public let location: SourceLocation
        /// The value.
        public let node: ConfigurationNode
    }

    /// What it is.
    public let value: Value
    /// Where it starts.
    public let location: SourceLocation

    /// An empty mapping, for a section that is left out.
    static func empty(at location: SourceLocation) -> ConfigurationNode {
        ConfigurationNode(value: .mapping([]), location: location)
    }

    /// Reads a YAML text.
    ///
    /// - Returns: `nil` if the text cannot be read; the issue says where.
    static func parse(_ text: String, file: String, issues: IssueCollector) -> ConfigurationNode? {
        let start = SourceLocation(file: file, line: 1, column: 1)
        func report(_ message: String, at location: SourceLocation) {
            issues.add(.init(severity: .error, code: "yaml_invalid", location: location, path: "", message: message))
        }
        guard !YAMLExpansion.isExcessive(text) else {
            report("its aliases stand for more than \(YAMLExpansion.limit) values: write fewer of them", at: start)
            return nil
        }
        do {
            guard let node = try Yams.compose(yaml: text) else { return empty(at: start) }
            return ConfigurationNode(node, file: file, fallback: start)
        } catch let error as YamlError {
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                report(
                    "this is not valid YAML: \(problem)",
                    at: SourceLocation(file: file, line: max(1, mark.line), column: max(1, mark.column)))
            case .duplicatedKeysInMapping(let names, let context):
                report(
                    "the same name stands twice: \(names.sorted().joined(separator: ", "))",
                    at: SourceLocation(
                        file: file, line: max(1, context.mark.line), column: max(1, context.mark.column)))
            default: report("this is not valid YAML", at: start)
            }
            return nil
        } catch {
            report("this is not valid YAML", at: start)
            return nil
        }
    }

    private init(value: Value, location: SourceLocation) {
        self.value = value
        self.location = location
    }

    private init(_ node: Node, file: String, fallback: SourceLocation) {
        let place = node.mark.map { SourceLocation(file: file, line: $0.line, column: $0.column) } ?? fallback
        location = place
        switch node {
        case .scalar(let scalar):
            let isNull = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            value = isNull ? .null : .scalar(scalar.string)
        case .sequence(let sequence):
            value = .sequence(sequence.map { ConfigurationNode($0, file: file, fallback: place) })
        case .mapping(let mapping):
            value = .mapping(
                mapping.map { key, node in
                    Member(
                        name: key.string ?? "",
                        location: key.mark.map { SourceLocation(file: file, line: $0.line, column: $0.column) }
                            ?? place,
                        node: ConfigurationNode(node, file: file, fallback: place))
                })
        case .alias:
            value = .null
        }
    }
}

extension ConfigurationNode {
    /// The value as one line, the same for the same value wherever it stands: to see whether a setting was changed.
    public var text: String {
        switch value {
        case .null: "~"
        case .scalar(let text): "\(text.utf8.count):" + text
        case .sequence(let items): "[" + items.map(\.text).joined(separator: ",") + "]"
        case .mapping(let members):
            "{" + members.map { "\($0.name.utf8.count):\($0.name)=\($0.node.text)" }.joined(separator: ",") + "}"
        }
    }
}
