/// Reads the templates of one source, as Go's `text/template/parse` does.
struct TemplateParser {
    /// What ends a list of nodes.
    enum Ending { case end, otherwise }

    /// How deep blocks and parentheses may nest in a source.
    static let maximumDepth = 60

    let source: TemplateSource
    private let tokens: [TemplateToken]
    private var index = 0
    /// The last token that was looked at, which errors point at.
    private var furthest = 0
    private var depth = 0
    /// The names that may be used here.
    var variables = ["$"]
    private var loops = 0
    private(set) var definitions: [TemplateDefinition] = []

    private init(source: TemplateSource) {
        self.source = source
        tokens = TemplateLexer.tokens(of: source.bytes)
    }

    /// The templates that a text defines; the last is the text itself, named as asked.
    static func parse(_ source: TemplateSource, rootName: String) throws(TemplateError) -> [TemplateDefinition] {
        var parser = TemplateParser(source: source)
        let body = try parser.parseRoot()
        try parser.define(TemplateDefinition(name: rootName, body: body))
        return parser.definitions
    }

    // MARK: - Tokens

    func peek() -> TemplateToken {
        // The last token is an end or an error, which is never passed.
        tokens[min(index, tokens.count - 1)]
    }

    mutating func next() -> TemplateToken {
        let token = peek()
        furthest = max(furthest, min(index, tokens.count - 1))
        index += 1
        return token
    }

    mutating func back() { index -= 1 }

    mutating func nextBehindSpace() -> TemplateToken {
        skipSpace()
        return next()
    }

    mutating func peekBehindSpace() -> TemplateToken {
        skipSpace()
        return peek()
    }

    private mutating func skipSpace() { while case .space = peek().kind { _ = next() } }

    func span(from start: Int, to end: Int) -> TemplateSpan { TemplateSpan(source: source, start: start, end: end) }

    func span(of token: TemplateToken) -> TemplateSpan { span(from: token.start, to: token.end) }

    func text(of token: TemplateToken) -> String { span(of: token).text }

    /// The end of the last token that was taken.
    var lastEnd: Int { index > 0 ? tokens[min(index, tokens.count) - 1].end : 0 }

    // MARK: - Errors

    func error(_ detail: String) -> TemplateError {
        source.error(.syntax, at: tokens[min(max(furthest, 0), tokens.count - 1)].start, detail)
    }

    func unexpected(_ token: TemplateToken, in context: String) -> TemplateError {
        if case .error(let message) = token.kind { return source.error(.syntax, at: token.start, message) }
        return source.error(.syntax, at: token.start, "unexpected \(describe(token)) in \(context)")
    }

    private func describe(_ token: TemplateToken) -> String {
        switch token.kind {
        case .end: return "EOF"
        case .keyword(let keyword): return "<\(keyword.rawValue)>"
        case .dot, .null: return "<\(text(of: token))>"
        default:
            let text = text(of: token)
            return text.unicodeScalars.count > 10
                ? GoFormatter.quote(String(text.unicodeScalars.prefix(10))) + "..." : GoFormatter.quote(text)
        }
    }

    mutating func expect(_ context: String, where matches: (TemplateToken.Kind) -> Bool) throws(TemplateError)
        -> TemplateToken
    {
        let token = nextBehindSpace()
        guard matches(token.kind) else { throw unexpected(token, in: context) }
        return token
    }

    mutating func expectRightDelimiter(_ context: String) throws(TemplateError) {
        _ = try expect(context) { if case .rightDelimiter = $0 { true } else { false } }
    }

    /// Runs one level of nesting.
    mutating func nested<Result>(_ body: (inout TemplateParser) throws(TemplateError) -> Result) throws(TemplateError)
        -> Result
    {
        guard depth < Self.maximumDepth else {
            throw source.error(
                .limit, at: peek().start, "blocks or parentheses nest more than \(Self.maximumDepth) deep")
        }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    // MARK: - Lists

    private mutating func parseRoot() throws(TemplateError) -> [TemplateNode] {
        var nodes: [TemplateNode] = []
        while true {
            if case .end = peek().kind { return nodes }
            if case .leftDelimiter = peek().kind {
                let start = index
                _ = next()
                if case .keyword(.define) = nextBehindSpace().kind {
                    try parseDefinition()
                    continue
                }
                index = start
            }
            switch try parseItem() {
            case .node(let node): nodes.append(node)
            case .ending(.end): throw error("unexpected {{end}}")
            case .ending(.otherwise): throw error("unexpected {{else}}")
            }
        }
    }

    private enum Item {
        case node(TemplateNode)
        case ending(Ending)
    }

    /// Reads nodes up to an `end` or `else`.
    mutating func parseList() throws(TemplateError) -> (nodes: [TemplateNode], ending: Ending) {
        var nodes: [TemplateNode] = []
        while true {
            if case .end = peekBehindSpace().kind {
                _ = next()
                throw error("unexpected EOF")
            }
            switch try parseItem() {
            case .node(let node): nodes.append(node)
            case .ending(let ending): return (nodes, ending)
            }
        }
    }

    private mutating func parseItem() throws(TemplateError) -> Item {
        let token = nextBehindSpace()
        switch token.kind {
        case .text: return .node(.text(Array(source.bytes[token.start..<token.end])))
        case .leftDelimiter: return try parseAction()
        default: throw unexpected(token, in: "input")
        }
    }

    private mutating func parseAction() throws(TemplateError) -> Item {
        let token = nextBehindSpace()
        if case .keyword(let keyword) = token.kind {
            switch keyword {
            case .block: return .node(try parseBlock(token))
            case .breakLoop: return .node(.breakLoop(try parseJump(token, "{{break}}")))
            case .continueLoop: return .node(.continueLoop(try parseJump(token, "{{continue}}")))
            case .otherwise:
                switch peekBehindSpace().kind {
                case .keyword(.ifTrue), .keyword(.with): break
                default: try expectRightDelimiter("else")
                }
                return .ending(.otherwise)
            case .end:
                try expectRightDelimiter("end")
                return .ending(.end)
            case .ifTrue: return .node(try parseBranch(.ifTrue))
            case .range: return .node(try parseBranch(.range))
            case .with: return .node(try parseBranch(.with))
            case .template: return .node(try parseCall(token))
            case .define: break
            }
        }
        back()
        return .node(.action(try parsePipeline("command", until: .rightDelimiter)))
    }

    private mutating func parseJump(_ keyword: TemplateToken, _ name: String) throws(TemplateError) -> TemplateSpan {
        try expectRightDelimiter(name)
        guard loops > 0 else { throw error("\(name) outside {{range}}") }
        return span(of: keyword)
    }

    // MARK: - Blocks

    private mutating func parseBranch(_ kind: TemplateBranch.Kind) throws(TemplateError) -> TemplateNode {
        try nested { parser throws(TemplateError) in
            let outer = parser.variables.count
            defer { parser.variables.removeLast(parser.variables.count - outer) }
            let pipeline = try parser.parsePipeline(kind.rawValue, until: .rightDelimiter)
            if kind == .range { parser.loops += 1 }
            let (body, ending) = try parser.parseList()
            if kind == .range { parser.loops -= 1 }
            let otherwise = ending == .otherwise ? try parser.parseElse(kind) : []
            return .branch(TemplateBranch(kind: kind, pipeline: pipeline, body: body, otherwise: otherwise))
        }
    }

    /// Reads what follows `else`: a list, or with `else if` and `else with` one more branch that takes the `end`.
    private mutating func parseElse(_ kind: TemplateBranch.Kind) throws(TemplateError) -> [TemplateNode] {
        switch (kind, peek().kind) {
        case (.ifTrue, .keyword(.ifTrue)), (.with, .keyword(.with)):
            _ = next()
            return [try parseBranch(kind)]
        case (_, .keyword(let keyword)):
            throw error("unexpected <\(keyword.rawValue)> in else")
        default:
            let (nodes, ending) = try parseList()
            guard ending == .end else { throw error("expected end; found {{else}}") }
            return nodes
        }
    }

    private mutating func parseCall(_ keyword: TemplateToken) throws(TemplateError) -> TemplateNode {
        let context = "template clause"
        let name = try parseName(context)
        var pipeline: TemplatePipeline?
        if case .rightDelimiter = peekBehindSpace().kind {
            _ = next()
        } else {
            pipeline = try parsePipeline(context, until: .rightDelimiter)
        }
        return .call(TemplateCall(span: span(from: keyword.start, to: lastEnd - 2), name: name, pipeline: pipeline))
    }

    private mutating func parseBlock(_ keyword: TemplateToken) throws(TemplateError) -> TemplateNode {
        let context = "block clause"
        let name = try parseName(context)
        let pipeline = try parsePipeline(context, until: .rightDelimiter)
        let end = lastEnd - 2
        try parseBody(named: name, context)
        return .call(TemplateCall(span: span(from: keyword.start, to: end), name: name, pipeline: pipeline))
    }

    private mutating func parseDefinition() throws(TemplateError) {
        let context = "define clause"
        let name = try parseName(context)
        try expectRightDelimiter(context)
        try parseBody(named: name, context)
    }

    /// Reads the body of a definition, in which other variables and loops do not count.
    private mutating func parseBody(named name: String, _ context: String) throws(TemplateError) {
        let body = try nested { parser throws(TemplateError) in
            let (variables, loops) = (parser.variables, parser.loops)
            parser.variables = ["$"]
            parser.loops = 0
            defer {
                parser.variables = variables
                parser.loops = loops
            }
            let (nodes, ending) = try parser.parseList()
            guard ending == .end else { throw parser.error("unexpected {{else}} in \(context)") }
            return nodes
        }
        try define(TemplateDefinition(name: name, body: body))
    }

    private mutating func parseName(_ context: String) throws(TemplateError) -> String {
        let token = nextBehindSpace()
        switch token.kind {
        case .string, .rawString: return try unquote(token)
        default: throw unexpected(token, in: context)
        }
    }

    func unquote(_ token: TemplateToken) throws(TemplateError) -> String {
        guard let text = GoLiteral.unquote(source.bytes[token.start..<token.end]) else { throw error("invalid syntax") }
        return text
    }

    /// Adds a template; of two with the same name in one source, one must be empty.
    private mutating func define(_ definition: TemplateDefinition) throws(TemplateError) {
        guard let old = definitions.firstIndex(where: { $0.name == definition.name }) else {
            definitions.append(definition)
            return
        }
        if definitions[old].isEmpty {
            definitions[old] = definition
        } else if !definition.isEmpty {
            throw error("template: multiple definition of template \(GoFormatter.quote(definition.name))")
        }
    }
}
