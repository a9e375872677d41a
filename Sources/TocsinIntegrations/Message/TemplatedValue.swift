import TocsinAlerts
import TocsinConfiguration

/// A value of any shape among a receiver's settings, whose texts may be templates.
indirect enum TemplatedValue: Sendable {
    case text(MessageTemplate)
    case list([TemplatedValue])
    case object([(name: String, value: TemplatedValue)])

    /// How deep values may nest; deeper ones are left out.
    private static let maximumDepth = 16

    /// Reads a member of the settings, if it is there.
    init?(_ name: String, in context: IntegrationContext) {
        guard let node = context.reader.node(name) else { return nil }
        self.init(node, name: name, in: context, depth: 0)
    }

    private init(_ node: ConfigurationNode, name: String, in context: IntegrationContext, depth: Int) {
        guard depth < TemplatedValue.maximumDepth else {
            self = .text(MessageTemplate(""))
            return
        }
        switch node.value {
        case .null: self = .text(MessageTemplate(""))
        case .scalar:
            self = .text(context.template(context.reader.text(node, within: name) ?? "", name: name))
        case .sequence(let items):
            self = .list(items.map { TemplatedValue($0, name: name, in: context, depth: depth + 1) })
        case .mapping(let members):
            self = .object(
                members.map { ($0.name, TemplatedValue($0.node, name: name, in: context, depth: depth + 1)) })
        }
    }

    /// Renders the value and writes it.
    ///
    /// - Parameter scalar: Writes one of its texts.
    func write(
        _ render: MessageRenderer, to writer: inout JSONWriter, scalar: (String, inout JSONWriter) -> Void
    ) throws {
        switch self {
        case .text(let text): scalar(try render(text), &writer)
        case .list(let items):
            try writer.array { writer in
                for item in items { try item.write(render, to: &writer, scalar: scalar) }
            }
        case .object(let members):
            try writer.object { writer in
                for (name, value) in members {
                    writer.name(name)
                    try value.write(render, to: &writer, scalar: scalar)
                }
            }
        }
    }
}
