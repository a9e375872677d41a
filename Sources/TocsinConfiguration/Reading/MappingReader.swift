import Foundation
public import TocsinCore

/// Takes the members of a mapping one by one, and tells which are wrong, missing or unknown.
///
/// Not sendable: made, used and dropped by one caller. ``finish()`` must be called last.
public final class MappingReader {
    private let members: [String: ConfigurationNode.Member]
    private let order: [String]
    private let location: SourceLocation
    /// The path of the mapping itself.
    public let path: String
    private let issues: IssueCollector
    private let environment: SecretSource
    private var known: Set<String> = []
    private var isMapping = true

    /// - Parameters:
    ///   - path: Of the mapping, for messages.
    ///   - environment: What references in texts refer to.
    public init(_ node: ConfigurationNode, path: String, issues: IssueCollector, environment: SecretSource) {
        self.path = path
        self.issues = issues
        self.environment = environment
        location = node.location
        var members: [String: ConfigurationNode.Member] = [:]
        switch node.value {
        case .mapping(let found):
            for member in found { members[member.name] = member }
            order = found.map(\.name)
        case .null: order = []
        default:
            order = []
            isMapping = false
        }
        self.members = members
        if !isMapping { report("type_invalid", "expected a mapping, found \(node.value.words)", at: node.location) }
    }

    /// The folder of the file, where relative paths in it start.
    var directory: String { URL(fileURLWithPath: location.file).deletingLastPathComponent().path }

    /// The names of all members, in their order.
    public var names: [String] { order }

    /// Whether a member is there.
    public func has(_ name: String) -> Bool { members[name] != nil }

    /// Tells an issue.
    public func report(
        _ code: String, _ message: String, at location: SourceLocation? = nil, name: String? = nil,
        severity: ConfigurationIssue.Severity = .error
    ) {
        let place = location ?? name.flatMap { members[$0]?.node.location } ?? self.location
        let whole = [path, name ?? ""].filter { !$0.isEmpty }.joined(separator: ".")
        issues.add(.init(severity: severity, code: code, location: place, path: whole, message: message))
    }

    /// Any value, or `nil` if it is not there.
    public func node(_ name: String) -> ConfigurationNode? {
        known.insert(name)
        guard let node = members[name]?.node else { return nil }
        if case .null = node.value { return nil }
        return node
    }

    /// A text without its references replaced.
    private func raw(_ name: String) -> String? {
        guard let node = node(name) else { return nil }
        guard case .scalar(let text) = node.value else {
            report("type_invalid", "expected a text, found \(node.value.words)", name: name)
            return nil
        }
        return text
    }

    private func resolved(_ text: String, name: String) -> String? {
        do throws(SecretSource.Failure) {
            return try environment.resolve(text)
        } catch {
            report(error.code, error.message, name: name)
            return nil
        }
    }

    /// A text that stands somewhere within a member, such as in a list of mappings.
    public func text(_ node: ConfigurationNode, within name: String) -> String? {
        guard case .scalar(let text) = node.value else { return nil }
        return resolved(text, name: name)
    }

    /// A text.
    public func string(_ name: String) -> String? { raw(name).flatMap { resolved($0, name: name) } }

    /// A text that must be there and not empty.
    public func requiredString(_ name: String) -> String? {
        guard has(name) else {
            known.insert(name)
            report("setting_missing", "'\(name)' is missing")
            return nil
        }
        guard let text = string(name) else { return nil }
        if text.isEmpty {
            report("setting_missing", "'\(name)' must not be empty", name: name)
            return nil
        }
        return text
    }

    /// A secret that is written down under a name, or in the file that is named under `<name>_file`.
    public func secretOrFile(_ name: String) -> Secret? {
        if let path = string(name + "_file"), !path.isEmpty {
            do throws(SecretSource.Failure) {
                return Secret(try environment.file(path))
            } catch {
                report(error.code, error.message, name: name + "_file")
                return nil
            }
        }
        return secret(name).flatMap { $0.reveal().isEmpty ? nil : $0 }
    }

    /// What a file holds whose path stands somewhere within a member, without the line feed at its end.
    public func fileText(_ path: String, within name: String) -> Secret? {
        do throws(SecretSource.Failure) {
            return Secret(try environment.file(path))
        } catch {
            report(error.code, error.message, name: name)
            return nil
        }
    }

    /// A variable that settings may refer to, by its name; `nil` if it is not set or empty.
    public func variable(_ name: String) -> Secret? {
        let value = try? environment.resolve("${\(name)}")
        return value.flatMap { $0.isEmpty ? nil : Secret($0) }
    }

    /// A text that is never shown.
    public func secret(_ name: String) -> Secret? { string(name).map(Secret.init) }

    /// `true` or `false`.
    public func bool(_ name: String) -> Bool? {
        guard let text = string(name) else { return nil }
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default:
            report("value_invalid", "expected true or false", name: name)
            return nil
        }
    }

    /// A whole number within bounds.
    public func int(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = string(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            report(
                "value_invalid", "expected a whole number from \(range.lowerBound) to \(range.upperBound)", name: name)
            return nil
        }
        return number
    }

    /// A number within bounds.
    public func double(_ name: String, in range: ClosedRange<Double>) -> Double? {
        guard let text = string(name) else { return nil }
        guard let number = Double(text), range.contains(number) else {
            report("value_invalid", "expected a number from \(range.lowerBound) to \(range.upperBound)", name: name)
            return nil
        }
        return number
    }

    /// A time such as `30s` or `5m`; a bare number counts as seconds.
    public func duration(_ name: String, in range: ClosedRange<Duration>) -> Duration? {
        guard let text = string(name) else { return nil }
        let found = Int64(text).flatMap { $0 < 1_000_000_000 ? Duration.seconds($0) : nil } ?? DurationText.parse(text)
        guard let found, range.contains(found) else {
            report(
                "value_invalid",
                "expected a time such as 30s, from \(DurationText.format(range.lowerBound)) to "
                    + DurationText.format(range.upperBound), name: name)
            return nil
        }
        return found
    }

    /// One of several words.
    public func oneOf<Word: RawRepresentable & CaseIterable>(_ name: String, _ type: Word.Type) -> Word?
    where Word.RawValue == String {
        guard let text = string(name) else { return nil }
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map(\.rawValue)
            let near = NearestName.find(text, in: words).map { "; did you mean '\($0)'?" } ?? ""
            report("value_invalid", "expected one of \(words.joined(separator: ", "))\(near)", name: name)
            return nil
        }
        return word
    }

    /// An address that starts with `https://`, or with `http://`.
    ///
    /// It may be a secret: it is never shown.
    public func url(_ name: String) -> Secret? {
        guard let text = string(name) else { return nil }
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), scheme == "https" || scheme == "http",
            let host = url.host, !host.isEmpty
        else {
            report("value_invalid", "expected an address such as https://host/path", name: name)
            return nil
        }
        return Secret(text)
    }

    /// A list of texts.
    public func stringList(_ name: String) -> [String]? {
        guard let node = node(name) else { return nil }
        guard case .sequence(let items) = node.value else {
            report("type_invalid", "expected a list, found \(node.value.words)", name: name)
            return nil
        }
        return items.compactMap { item in
            guard case .scalar(let text) = item.value else {
                report("type_invalid", "expected a text, found \(item.value.words)", at: item.location, name: name)
                return nil
            }
            return resolved(text, name: name)
        }
    }

    /// A mapping of texts, whose values are never shown.
    public func stringMap(_ name: String) -> [(name: String, value: Secret)]? {
        guard let node = node(name) else { return nil }
        guard case .mapping(let members) = node.value else {
            report("type_invalid", "expected a mapping, found \(node.value.words)", name: name)
            return nil
        }
        return members.compactMap { member in
            guard case .scalar(let text) = member.node.value else {
                report("type_invalid", "expected a text", at: member.node.location, name: name + "." + member.name)
                return nil
            }
            return resolved(text, name: name).map { (member.name, Secret($0)) }
        }
    }

    /// A section: a reader for the mapping, which is empty if it is not there.
    public func mapping(_ name: String) -> MappingReader {
        let node = node(name) ?? ConfigurationNode.empty(at: location)
        return MappingReader(node, path: child(name), issues: issues, environment: environment)
    }

    /// A reader for each mapping of a list.
    public func mappings(_ name: String) -> [MappingReader] {
        guard let node = node(name) else { return [] }
        guard case .sequence(let items) = node.value else {
            report("type_invalid", "expected a list, found \(node.value.words)", name: name)
            return []
        }
        return items.enumerated().map { index, item in
            MappingReader(item, path: "\(child(name))[\(index)]", issues: issues, environment: environment)
        }
    }

    /// Where the mapping starts.
    public var place: SourceLocation { location }

    /// Tells of every member that nobody asked for.
    public func finish() {
        for name in order where !known.contains(name) {
            let near = NearestName.find(name, in: known.sorted()).map { "; did you mean '\($0)'?" } ?? ""
            let all = known.isEmpty ? "" : "; known here: " + known.sorted().joined(separator: ", ")
            report(
                "setting_unknown", "'\(name)' is not a setting\(near.isEmpty ? all : near)",
                at: members[name]?.location, name: name)
        }
    }

    private func child(_ name: String) -> String { path.isEmpty ? name : path + "." + name }
}
