/// Finds the context of every action of a set of templates, and gives each the escapers that it needs there.
///
/// A template that is called in another context than text is kept a second time under another name.
struct HTMLAnalysis {
    private let definitions: [String: TemplateDefinition]
    private let limits: TemplateLimits
    /// The templates with escapers.
    private(set) var escaped: [String: TemplateDefinition] = [:]
    /// The contexts behind templates that have been read, or are being read and thought to end so.
    private var endings: [String: HTMLContext] = [:]
    private var called: Set<String> = []
    private var loops: [Loop] = []
    private var depth = 0
    private var steps: Int

    /// The contexts at the jumps of a loop.
    private struct Loop {
        var breaks: [(HTMLContext, TemplateSpan)] = []
        var continues: [(HTMLContext, TemplateSpan)] = []
    }

    private init(_ definitions: [String: TemplateDefinition], _ limits: TemplateLimits) {
        self.definitions = definitions
        self.limits = limits
        steps = limits.steps
    }

    /// The templates that one of them needs, with escapers.
    ///
    /// - Throws: ``TemplateError`` if a context cannot be told, or if the template does not end where text may stand.
    static func escape(
        _ root: TemplateDefinition, _ definitions: [String: TemplateDefinition], limits: TemplateLimits,
        source: TemplateSource
    ) throws(TemplateError) -> [String: TemplateDefinition] {
        var analysis = HTMLAnalysis(definitions, limits)
        let span = TemplateSpan(source: source, start: 0, end: source.bytes.count)
        let ending = try analysis.read(root.name, HTMLContext(), span).context
        guard ending.state == .text else {
            throw span.error(.escaping, "ends in a non-text context: \(ending.state)")
        }
        return analysis.escaped
    }

    // MARK: - Templates

    /// Reads a template that is called in a context.
    private mutating func read(_ name: String, _ context: HTMLContext, _ span: TemplateSpan) throws(TemplateError)
        -> (context: HTMLContext, name: String)
    {
        let mangled = context.mangled(name)
        called.insert(mangled)
        if let ending = endings[mangled] { return (ending, mangled) }
        guard let definition = definitions[name] else {
            throw span.error(.escaping, "no such template \(GoFormatter.quote(name))")
        }
        // Most templates end as they begin. One that calls itself must end as it was thought to.
        var guess = context
        for _ in 0..<2 {
            let saved = (escaped, endings, called)
            endings[mangled] = guess
            called = []
            let (body, ending) = try readNested(definition.body, context, span)
            if !called.contains(mangled) || ending == guess {
                escaped[mangled] = TemplateDefinition(name: name, body: body)
                endings[mangled] = ending
                called.formUnion(saved.2)
                return (ending, mangled)
            }
            (escaped, endings, called) = saved
            guess = ending
        }
        throw span.error(.escaping, "cannot compute output context for template \(name)")
    }

    private mutating func readNested(_ nodes: [TemplateNode], _ context: HTMLContext, _ span: TemplateSpan)
        throws(TemplateError) -> ([TemplateNode], HTMLContext)
    {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depth else {
            throw span.error(.limit, "exceeded maximum template depth (\(limits.depth))")
        }
        return try read(nodes, context)
    }

    private mutating func read(_ nodes: [TemplateNode], _ start: HTMLContext) throws(TemplateError)
        -> ([TemplateNode], HTMLContext)
    {
        var context = start
        var out: [TemplateNode] = []
        out.reserveCapacity(nodes.count)
        for node in nodes where context.state != .dead {
            switch node {
            case .text(let bytes):
                let (text, next) = try read(text: bytes, context, nodes)
                out.append(.text(text))
                context = next
            case .action(let pipeline):
                let (escaped, next) = try read(pipeline, context)
                out.append(.action(escaped))
                context = next
            case .branch(let branch):
                let (escaped, next) = try read(branch, context)
                out.append(.branch(escaped))
                context = next
            case .call(let call):
                let (next, name) = try read(call.name, context, call.span)
                out.append(.call(TemplateCall(span: call.span, name: name, pipeline: call.pipeline)))
                context = next
            case .breakLoop(let span), .continueLoop(let span):
                out.append(node)
                note(node, context, span)
                context = HTMLContext(state: .dead)
            }
        }
        return (out, context)
    }

    private mutating func note(_ node: TemplateNode, _ context: HTMLContext, _ span: TemplateSpan) {
        guard !loops.isEmpty else { return }
        if case .breakLoop = node {
            loops[loops.count - 1].breaks.append((context, span))
        } else {
            loops[loops.count - 1].continues.append((context, span))
        }
    }

    // MARK: - Branches

    private mutating func read(_ branch: TemplateBranch, _ context: HTMLContext) throws(TemplateError)
        -> (TemplateBranch, HTMLContext)
    {
        let span = branch.pipeline.span
        var ending: HTMLContext
        var body: [TemplateNode]
        if branch.kind == .range {
            (body, ending) = try readLoop(branch, context)
            // The second turn begins where the first ended.
            let (_, again) = try readLoop(branch, ending)
            ending = try join(ending, again, branch, "on range loop re-entry: ")
        } else {
            (body, ending) = try readNested(branch.body, context, span)
        }
        let (otherwise, other) = try readNested(branch.otherwise, context, span)
        ending = try join(ending, other, branch)
        return (
            TemplateBranch(kind: branch.kind, pipeline: branch.pipeline, body: body, otherwise: otherwise), ending
        )
    }

    private mutating func readLoop(_ branch: TemplateBranch, _ context: HTMLContext) throws(TemplateError)
        -> ([TemplateNode], HTMLContext)
    {
        loops.append(Loop())
        var (body, ending) = try readNested(branch.body, context, branch.pipeline.span)
        let loop = loops.removeLast()
        for (context, _) in loop.breaks { ending = try join(ending, context, branch, "at range loop break: ") }
        for (context, _) in loop.continues { ending = try join(ending, context, branch, "at range loop continue: ") }
        return (body, ending)
    }

    private func join(_ left: HTMLContext, _ right: HTMLContext, _ branch: TemplateBranch, _ place: String = "")
        throws(TemplateError) -> HTMLContext
    {
        guard let context = left.joined(with: right) else {
            let kind = branch.kind.rawValue
            let states = "\(left.state), \(right.state)"
            throw branch.pipeline.span.error(
                .escaping, "\(place){{\(kind)}} branches end in different contexts: \(states)")
        }
        return context
    }

    // MARK: - Actions

    private func read(_ pipeline: TemplatePipeline, _ start: HTMLContext) throws(TemplateError)
        -> (TemplatePipeline, HTMLContext)
    {
        guard pipeline.variables.isEmpty else { return (pipeline, start) }
        var context = start.nudged
        try checkPredefined(pipeline, context)
        var escapers: [HTMLEscaper] = []
        switch context.state {
        case .url, .cssDoubleQuoted, .cssSingleQuoted, .cssDoubleQuotedURL, .cssSingleQuotedURL, .cssURL:
            escapers = try urlEscapers(pipeline, context)
        case .js:
            escapers = [.jsValue]
            context.slash = .division
        case .jsDoubleQuoted, .jsSingleQuoted: escapers = [.jsString]
        case .jsTemplate:
            throw pipeline.span.error(
                .escaping, "{{\(TextFunctions.trim(pipeline.span.text))}} appears in a JS template literal")
        case .jsRegexp: escapers = [.jsRegexp]
        case .css: escapers = [.cssValue]
        case .text: escapers = [.text]
        case .rcdata: escapers = [.rcdata]
        case .attributeName, .tag:
            context.state = .attributeName
            escapers = [.attributeName]
        case .srcset: escapers = [.srcset]
        case .comment, .jsBlockComment, .jsLineComment, .cssBlockComment, .cssLineComment: escapers = [.comment]
        case .attribute, .beforeValue, .afterName, .dead: break
        }
        switch context.delimiter {
        case .none: break
        case .spaceOrTagEnd: escapers.append(.unquotedAttribute)
        case .doubleQuote, .singleQuote: escapers.append(.attribute)
        }
        return (HTMLPipelines.adding(escapers, to: pipeline), context)
    }

    private func urlEscapers(_ pipeline: TemplatePipeline, _ context: HTMLContext) throws(TemplateError)
        -> [HTMLEscaper]
    {
        let isString = context.state == .cssDoubleQuoted || context.state == .cssSingleQuoted
        switch context.urlPart {
        case .none: return [.urlFilter, isString ? .cssString : .urlNormalizer]
        case .beforeQuery: return [isString ? .cssString : .urlNormalizer]
        case .queryOrFragment: return [.url]
        case .unknown:
            throw pipeline.span.error(
                .escaping, "{{\(TextFunctions.trim(pipeline.span.text))}} appears in an ambiguous context within a URL")
        }
    }

    /// Refuses `html` and `urlquery` where they would not be the last word, or not enough.
    private func checkPredefined(_ pipeline: TemplatePipeline, _ context: HTMLContext) throws(TemplateError) {
        for (index, command) in pipeline.commands.enumerated() {
            guard let escaper = HTMLPipelines.predefined(command) else { continue }
            let isUnquoted = context.state == .attribute && context.delimiter == .spaceOrTagEnd && escaper == .html
            if index < pipeline.commands.count - 1 || isUnquoted {
                throw pipeline.span.error(
                    .escaping, "predefined escaper \(GoFormatter.quote("\(escaper)")) disallowed in template")
            }
        }
    }

    // MARK: - Text

    /// Reads literal text, drops its comments, and writes a `<` that begins no tag as a reference.
    private mutating func read(text: [UInt8], _ start: HTMLContext, _ nodes: [TemplateNode]) throws(TemplateError)
        -> ([UInt8], HTMLContext)
    {
        steps -= 1 + text.count / 16
        guard steps >= 0 else { throw problem("more than \(limits.steps) steps", near: nodes, .limit) }
        var reader = HTMLTextReader(text[...], start)
        do throws(HTMLProblem) {
            try reader.run()
        } catch {
            throw problem(error.text, near: nodes, .escaping)
        }
        return (reader.out, reader.context)
    }

    /// An error in literal text, which has no place of its own: it is told at the action beside it.
    private func problem(_ detail: String, near nodes: [TemplateNode], _ kind: TemplateError.Kind) -> TemplateError {
        for node in nodes {
            switch node {
            case .text: continue
            case .action(let pipeline): return pipeline.span.error(kind, detail)
            case .branch(let branch): return branch.pipeline.span.error(kind, detail)
            case .call(let call): return call.span.error(kind, detail)
            case .breakLoop(let span), .continueLoop(let span): return span.error(kind, detail)
            }
        }
        return TemplateError(kind: kind, source: "", line: 1, column: 1, detail: detail)
    }
}
