/// A tree of values to be written.
indirect enum GoYAMLNode {
    /// Written as it is: a number, a truth value or `null`.
    case literal(String)
    case text(String)
    case list([GoYAMLNode])
    case map([Member])

    /// A name with its value, and whether the value goes on one line.
    struct Member {
        let name: String
        let node: GoYAMLNode
        var isFlow = false
    }
}

/// Writes YAML the way Go does, so that what is shown of a configuration is what Alertmanager shows, byte for byte.
///
/// Format: `gopkg.in/yaml.v2` 2.4, encode.go and emitterc.go; lines are never folded.
struct GoYAMLWriter {
    private var out = ""
    /// Go forgets to take this back after a value that is no list or mapping; so the next one gets on one line.
    private var isFlow = false

    /// The text of a document.
    static func text(of node: GoYAMLNode) -> String {
        var writer = GoYAMLWriter()
        writer.write(node, indent: 0, isItem: true)
        writer.endLine()
        return writer.out
    }

    private mutating func endLine() {
        if !out.hasSuffix("\n") { out += "\n" }
    }

    /// Writes a value behind `- ` or at a line's start if it is an item, and behind `name:` if not.
    private mutating func write(_ node: GoYAMLNode, indent: Int, isItem: Bool) {
        let space = isItem ? "" : " "
        switch node {
        case .literal(let text): out += space + text + "\n"
        case .text(let text): out += space + GoYAMLText.value(text, indent: indent) + "\n"
        case .list(let items):
            guard !takeFlow(), !items.isEmpty else { return writeFlow(node, before: space) }
            if !isItem { out += "\n" }
            writeItems(items, indent: indent, isFirstInLine: isItem)
        case .map(let members):
            guard !takeFlow(), !members.isEmpty else { return writeFlow(node, before: space) }
            if !isItem { out += "\n" }
            writeMembers(members, indent: indent, isFirstInLine: isItem)
        }
    }

    private mutating func takeFlow() -> Bool {
        defer { isFlow = false }
        return isFlow
    }

    private mutating func writeItems(_ items: [GoYAMLNode], indent: Int, isFirstInLine: Bool) {
        for (index, item) in items.enumerated() {
            if index > 0 || !isFirstInLine { out += String(repeating: " ", count: indent) }
            out += "- "
            // Lists and mappings in a list are indented by its dash; the lines of a text are not.
            if case .text = item {
                write(item, indent: indent, isItem: true)
            } else {
                write(item, indent: indent + 2, isItem: true)
            }
        }
    }

    private mutating func writeMembers(_ members: [GoYAMLNode.Member], indent: Int, isFirstInLine: Bool) {
        for (index, member) in members.enumerated() {
            if index > 0 || !isFirstInLine { out += String(repeating: " ", count: indent) }
            out += GoYAMLText.key(member.name) + ":"
            isFlow = member.isFlow
            // A list in a mapping is not indented; a mapping in one is.
            if case .map = member.node {
                write(member.node, indent: indent + 2, isItem: false)
            } else {
                write(member.node, indent: indent, isItem: false)
            }
        }
    }

    private mutating func writeFlow(_ node: GoYAMLNode, before space: String) {
        out += space
        appendFlow(node)
        out += "\n"
    }

    private mutating func appendFlow(_ node: GoYAMLNode) {
        switch node {
        case .literal(let text): out += text
        case .text(let text): out += GoYAMLText.key(text)
        case .list(let items):
            _ = takeFlow()
            out += "["
            for (index, item) in items.enumerated() {
                if index > 0 { out += ", " }
                appendFlow(item)
            }
            out += "]"
        case .map(let members):
            _ = takeFlow()
            out += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { out += ", " }
                out += GoYAMLText.key(member.name) + ": "
                isFlow = member.isFlow
                appendFlow(member.node)
            }
            out += "}"
        }
    }
}
