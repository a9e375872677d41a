/// Adds escapers to pipelines, beside those that a template calls itself.
enum HTMLPipelines {
    /// What follows another escaper without need.
    private static let redundant: [HTMLEscaper: Set<HTMLEscaper>] = [
        .comment: [.attribute, .unquotedAttribute, .text],
        .cssString: [.attribute],
        .jsRegexp: [.attribute],
        .jsString: [.attribute],
        .url: [.urlNormalizer],
    ]

    /// The escaper that a command is, if it is one of those that templates can call.
    static func predefined(_ command: TemplateCommand) -> HTMLEscaper? {
        guard case .function(let function)? = command.operands.first?.kind else { return nil }
        switch function {
        case .html: return .html
        case .urlquery: return .urlquery
        default: return nil
        }
    }

    /// The function that does the same as an escaper, or more.
    private static func equivalent(_ escaper: HTMLEscaper) -> HTMLEscaper {
        switch escaper {
        case .attribute, .text, .rcdata: .html
        case .url, .urlNormalizer: .urlquery
        default: escaper
        }
    }

    static func adding(_ wanted: [HTMLEscaper], to pipeline: TemplatePipeline) -> TemplatePipeline {
        guard !wanted.isEmpty else { return pipeline }
        var commands = pipeline.commands
        var wanted = wanted
        if let last = commands.last, let escaper = predefined(last) {
            let isDouble = wanted.contains { equivalent($0) == escaper }
            if isDouble {
                wanted = wanted.map { equivalent($0) == escaper ? escaper : $0 }
                commands.removeLast()
                // `html .a .b` becomes `print .a .b`, and `html` comes at its place among the escapers.
                if commands.isEmpty, last.operands.count > 1 {
                    let print = TemplateOperand(.function(.print), last.operands[0].span)
                    commands = [TemplateCommand(operands: [print] + last.operands.dropFirst())]
                }
            }
        }
        let present = Set(commands.compactMap(predefined))
        var escapers: [HTMLEscaper] = []
        var previous = commands.last.flatMap(predefined)
        for escaper in wanted where !present.contains(equivalent(escaper)) {
            if let before = previous, redundant[before]?.contains(escaper) == true { continue }
            escapers.append(escaper)
            previous = escaper
        }
        return TemplatePipeline(
            span: pipeline.span, variables: pipeline.variables, isAssignment: pipeline.isAssignment,
            commands: commands, escapers: escapers)
    }
}
