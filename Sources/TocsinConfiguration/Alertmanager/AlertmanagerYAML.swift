import Yams

/// Takes the text of an Alertmanager file apart, and says what is wrong with it as Go would.
enum AlertmanagerYAML {
    /// The first document of a text; Alertmanager does not look at others.
    ///
    /// Yams gives up at the first name that stands twice in a mapping, where Go reads on. So the second gets another
    /// name, by which ``nameOfTwin(_:)`` knows it, and the text is read again.
    ///
    /// - Returns: `nil` if there is none.
    static func node(_ text: String, file: String) throws(AlertmanagerFault) -> Node? {
        guard !YAMLExpansion.isExcessive(text) else {
            throw AlertmanagerFault("yaml: document contains excessive aliasing")
        }
        var text = text
        for _ in 0..<maximumTwins {
            var lines: [String] {
                text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { String($0) ?? "" }
            }
            do {
                return try Parser(yaml: text, resolver: resolver, encoding: .utf8).nextRoot()
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                let name = names.min() ?? ""
                var renamed = lines
                guard rename(name, behind: context.mark, in: &renamed) else {
                    throw twin(name, at: context.mark, file: file)
                }
                text = renamed.joined(separator: "\n")
            } catch let error as YamlError {
                throw fault(error, lines: lines, file: file)
            } catch {
                throw AlertmanagerFault("yaml: unknown problem parsing YAML content")
            }
        }
        throw AlertmanagerFault("yaml: unmarshal errors:\n  too many fields are already set")
    }

    private static let maximumTwins = 100
    /// ``GoYAMLScalar`` says what a value is; Yams' own rules for that are eight patterns, and cost more than the reading.
    private static let resolver = (try? Resolver.basic.appending("plain", "")) ?? .basic
    /// Of no meaning to anybody, and in no name of a field.
    private static let mark: Character = "\u{F8FF}"

    /// The name that stands twice, if this is the second.
    static func nameOfTwin(_ name: String) -> String? {
        name.last == mark ? String(name.prefix { $0 != mark }) : nil
    }

    /// Gives the second of two equal names in a mapping another name.
    private static func rename(_ name: String, behind place: Mark, in lines: inout [String]) -> Bool {
        let margin = max(0, place.column - 1)
        guard lines.indices.contains(place.line - 1), !name.isEmpty else { return false }
        let quoted = ["", "'", "\""].map { $0 + name + $0 }
        // In a mapping on one line the second stands behind the first; otherwise at the same column further down.
        var rest = lines[place.line - 1].dropFirst(margin + name.count)
        while let found = quoted.compactMap({ rest.firstRange(of: $0 + ":") }).min(by: { $0.lowerBound < $1.lowerBound }
        ) {
            let before = lines[place.line - 1][..<found.lowerBound].last
            if before == " " || before == "," || before == "{" {
                lines[place.line - 1].replaceSubrange(found, with: renamed(rest[found]))
                return true
            }
            rest = rest[found.upperBound...]
        }
        for index in lines.indices.dropFirst(place.line) where lines[index].prefix(margin).allSatisfy({ $0 == " " }) {
            let rest = lines[index].dropFirst(margin)
            guard let key = quoted.first(where: { rest.hasPrefix($0) }),
                rest.dropFirst(key.count).drop(while: { $0 == " " }).first == ":"
            else { continue }
            lines[index] = lines[index].prefix(margin) + renamed(rest.prefix(key.count)) + rest.dropFirst(key.count)
            return true
        }
        return false
    }

    /// Puts the mark behind a name, within its quotes.
    private static func renamed(_ key: Substring) -> String {
        let end = key.lastIndex { $0 != ":" && $0 != "'" && $0 != "\"" } ?? key.startIndex
        return key[...end] + String(mark) + key[key.index(after: end)...]
    }

    private static func twin(_ name: String, at mark: Mark, file: String) -> AlertmanagerFault {
        AlertmanagerFault(
            "yaml: unmarshal errors:\n  line \(mark.line): field \(name) already set in type config.plain",
            at: location(mark, file: file))
    }

    private static func fault(_ error: YamlError, lines: [String], file: String) -> AlertmanagerFault {
        switch error {
        case .scanner(_, let problem, let mark, _): syntax(problem, mark, shownLine: mark.line, file: file)
        // Go counts the lines of these from 0, and does not tell the first.
        case .parser(_, let problem, let mark, _): syntax(problem, mark, shownLine: mark.line - 1, file: file)
        case .composer(_, _, let mark, _):
            AlertmanagerFault(
                "yaml: unknown anchor '\(anchor(at: mark, lines))' referenced", at: location(mark, file: file))
        case .reader(let problem, _, _, _): AlertmanagerFault("yaml: " + problem)
        default: AlertmanagerFault("yaml: unknown problem parsing YAML content")
        }
    }

    private static func syntax(_ problem: String, _ mark: Mark, shownLine: Int, file: String) -> AlertmanagerFault {
        let line = mark.line > 1 && shownLine > 0 ? "line \(shownLine): " : ""
        return AlertmanagerFault("yaml: \(line)\(problem)", at: location(mark, file: file))
    }

    private static func anchor(at mark: Mark, _ lines: [String]) -> Substring {
        guard lines.indices.contains(mark.line - 1) else { return "" }
        return lines[mark.line - 1].dropFirst(mark.column).prefix { $0.isLetter || $0.isNumber || "_-".contains($0) }
    }

    private static func location(_ mark: Mark, file: String) -> SourceLocation {
        SourceLocation(file: file, line: max(1, mark.line), column: max(1, mark.column))
    }
}
