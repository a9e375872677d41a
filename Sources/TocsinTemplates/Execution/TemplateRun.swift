import TocsinAlerts

/// One rendering of a template.
///
/// It recurses as deep as blocks, parentheses and calls of templates nest, which ``TemplateLimits/depth`` bounds.
final class TemplateRun {
    /// What goes on behind a node.
    enum Flow { case next, breakLoop, continueLoop }

    let environment: TemplateEnvironment
    let definitions: [String: TemplateDefinition]
    let root: TemplateValue
    private(set) var output: [UInt8] = []
    private var steps: Int
    private var depth = 0
    private(set) var variables: [(name: String, value: TemplateValue)] = []
    /// The template that is being rendered, for errors.
    private var name = ""
    /// The patterns that this rendering has read, by their bytes, because templates use the same one in a loop.
    var patterns: [[UInt8]: RE2Search] = [:]

    init(environment: TemplateEnvironment, definitions: [String: TemplateDefinition], root: TemplateValue) {
        self.environment = environment
        self.definitions = definitions
        self.root = root
        steps = environment.limits.steps
    }

    func render(_ definition: TemplateDefinition) throws(TemplateError) {
        name = definition.name
        variables = [("$", root)]
        _ = try walk(definition.body, root)
    }

    // MARK: - Limits and errors

    func error(_ span: TemplateSpan, _ detail: String, _ kind: TemplateError.Kind = .execution) -> TemplateError {
        span.error(kind, "executing \(GoFormatter.quote(name)) at <\(Self.shortened(span.text))>: \(detail)")
    }

    private static func shortened(_ text: String) -> String {
        let text = TextFunctions.trim(text)
        return text.unicodeScalars.count <= 100
            ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(100))) + "…"
    }

    func spend(_ count: Int, _ span: TemplateSpan) throws(TemplateError) {
        steps -= count
        guard steps >= 0 else {
            throw error(span, "more than \(environment.limits.steps) steps", .limit)
        }
    }

    /// Spends steps on what a function is about to do.
    func pay(_ count: Int) throws(FunctionError) {
        steps -= count
        guard steps >= 0 else { throw .limit("more than \(environment.limits.steps) steps") }
    }

    private func enter(_ span: TemplateSpan) throws(TemplateError) {
        depth += 1
        guard depth <= environment.limits.depth else {
            throw error(span, "exceeded maximum template depth (\(environment.limits.depth))", .limit)
        }
    }

    private func write(_ bytes: some Collection<UInt8>, _ span: TemplateSpan?) throws(TemplateError) {
        output.append(contentsOf: bytes)
        guard output.count <= environment.limits.outputBytes else {
            let detail = "more than \(environment.limits.outputBytes) bytes of output"
            guard let span else {
                throw TemplateError(kind: .limit, source: name, line: 1, column: 1, detail: detail)
            }
            throw error(span, detail, .limit)
        }
    }

    // MARK: - Nodes

    private func walk(_ nodes: [TemplateNode], _ dot: TemplateValue) throws(TemplateError) -> Flow {
        for node in nodes {
            let flow = try walk(node, dot)
            if flow != .next { return flow }
        }
        return .next
    }

    private func walk(_ node: TemplateNode, _ dot: TemplateValue) throws(TemplateError) -> Flow {
        switch node {
        case .text(let bytes):
            try write(bytes, nil)
        case .action(let pipeline):
            try print(pipeline, dot)
        case .branch(let branch):
            return try walk(branch, dot)
        case .call(let call):
            try self.call(call, dot)
        case .breakLoop:
            return .breakLoop
        case .continueLoop:
            return .continueLoop
        }
        return .next
    }

    private func print(_ pipeline: TemplatePipeline, _ dot: TemplateValue) throws(TemplateError) {
        var value = try evaluate(pipeline, dot)
        guard pipeline.variables.isEmpty else { return }
        var budget = environment.limits.outputBytes - output.count
        Self.count(value, &budget)
        guard budget >= 0 else {
            throw error(pipeline.span, "more than \(environment.limits.outputBytes) bytes of output", .limit)
        }
        for escaper in pipeline.escapers { value = .string(escaper.escape(value)) }
        if case .none = value { return try write("<no value>".utf8, pipeline.span) }
        let text = GoFormatter.text(value)
        try spend(text.utf8.count / 16, pipeline.span)
        try write(text.utf8, pipeline.span)
    }

    private func walk(_ branch: TemplateBranch, _ dot: TemplateValue) throws(TemplateError) -> Flow {
        try enter(branch.pipeline.span)
        let mark = variables.count
        defer {
            depth -= 1
            variables.removeLast(variables.count - mark)
        }
        let value = try evaluate(branch.pipeline, dot)
        switch branch.kind {
        case .range: return try walkRange(branch, value, dot)
        case .ifTrue: return try walk(value.isTrue ? branch.body : branch.otherwise, dot)
        case .with: return value.isTrue ? try walk(branch.body, value) : try walk(branch.otherwise, dot)
        }
    }

    private func walkRange(_ branch: TemplateBranch, _ value: TemplateValue, _ dot: TemplateValue) throws(TemplateError)
        -> Flow
    {
        let count: Int
        switch value {
        case .list(let list): count = list.values.count
        case .map(let map): count = map.entries.count
        case .none, .null: count = 0
        default: throw error(branch.pipeline.span, "range can't iterate over a value of type \(value.typeName)")
        }
        guard count > 0 else { return try walk(branch.otherwise, dot) }
        let mark = variables.count
        for index in 0..<count {
            try spend(1, branch.pipeline.span)
            let key: TemplateValue
            let element: TemplateValue
            switch value {
            case .list(let list): (key, element) = (.int(index), list.values[index])
            case .map(let map): (key, element) = (.string(map.entries[index].name), map.entries[index].value)
            default: (key, element) = (.none, .none)
            }
            setLoopVariables(branch.pipeline, key: key, element: element)
            let flow = try walk(branch.body, element)
            variables.removeLast(variables.count - mark)
            if flow == .breakLoop { break }
        }
        return .next
    }

    /// Gives the loop's variables their values: the element to the last of them, the key to the one before.
    private func setLoopVariables(_ pipeline: TemplatePipeline, key: TemplateValue, element: TemplateValue) {
        let names = pipeline.variables
        for (name, value) in zip(names.reversed(), [element, key]) {
            if let index = variables.lastIndex(where: { $0.name == name }) { variables[index].value = value }
        }
    }

    private func call(_ call: TemplateCall, _ dot: TemplateValue) throws(TemplateError) {
        guard let definition = definitions[call.name] else {
            throw error(call.span, "template \(GoFormatter.quote(call.name)) not defined")
        }
        try enter(call.span)
        try spend(1, call.span)
        var argument = TemplateValue.none
        if let pipeline = call.pipeline { argument = try evaluate(pipeline, dot) }
        let outer = (name, variables)
        // Also if it fails: the blocks around the call take their variables away on the way out.
        defer {
            (name, variables) = outer
            depth -= 1
        }
        name = definition.name
        variables = [("$", argument)]
        _ = try walk(definition.body, argument)
    }

    // MARK: - Pipelines

    func evaluate(_ pipeline: TemplatePipeline, _ dot: TemplateValue) throws(TemplateError) -> TemplateValue {
        try enter(pipeline.span)
        try spend(1 + pipeline.commands.count, pipeline.span)
        var value: TemplateValue?
        for command in pipeline.commands {
            var result = try evaluate(command, dot, final: value)
            if case .null = result { result = .none }
            value = result
        }
        let result = value ?? .none
        for name in pipeline.variables {
            if pipeline.isAssignment {
                guard let index = variables.lastIndex(where: { $0.name == name }) else {
                    throw error(pipeline.span, "undefined variable: \(name)")
                }
                variables[index].value = result
            } else {
                variables.append((name, result))
            }
        }
        depth -= 1
        return result
    }
}
