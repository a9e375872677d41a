extension TemplateParser {
    /// What a pipeline stands before.
    enum PipelineEnd { case rightDelimiter, rightParenthesis }

    mutating func parsePipeline(_ context: String, until end: PipelineEnd) throws(TemplateError) -> TemplatePipeline {
        let start = peekBehindSpace().start
        let (variables, isAssignment) = try parseVariables(context)
        var commands: [TemplateCommand] = []
        while true {
            let token = nextBehindSpace()
            switch (token.kind, end) {
            case (.rightDelimiter, .rightDelimiter), (.rightParenthesis, .rightParenthesis):
                try check(commands, context)
                let span = span(from: start, to: token.start)
                return TemplatePipeline(
                    span: span, variables: variables, isAssignment: isAssignment, commands: commands)
            default:
                guard Self.startsOperand(token.kind) else { throw unexpected(token, in: context) }
                back()
                commands.append(try parseCommand())
            }
        }
    }

    private static func startsOperand(_ kind: TemplateToken.Kind) -> Bool {
        switch kind {
        case .bool, .character, .complex, .dot, .field, .identifier, .number, .null, .rawString, .string, .variable,
            .leftParenthesis:
            true
        default: false
        }
    }

    /// Reads `$x :=`, `$x =` and, in a range, `$i, $x :=`.
    private mutating func parseVariables(_ context: String) throws(TemplateError) -> ([String], Bool) {
        var names: [String] = []
        while case .variable = peekBehindSpace().kind {
            let token = next()
            let following = peekBehindSpaceWithoutMoving()
            switch following.kind {
            case .assign, .declare:
                _ = nextBehindSpace()
                names.append(text(of: token))
                variables.append(text(of: token))
                if case .assign = following.kind { return (names, true) }
                return (names, false)
            case .punctuation where text(of: following) == ",":
                _ = nextBehindSpace()
                names.append(text(of: token))
                variables.append(text(of: token))
                guard context == "range", names.count < 2 else { throw error("too many declarations in \(context)") }
                switch peekBehindSpace().kind {
                case .variable, .rightDelimiter, .rightParenthesis: continue
                default: throw error("range can only initialize variables")
                }
            default:
                back()
                return (names, false)
            }
        }
        return (names, false)
    }

    private func peekBehindSpaceWithoutMoving() -> TemplateToken {
        var copy = self
        return copy.peekBehindSpace()
    }

    private func check(_ commands: [TemplateCommand], _ context: String) throws(TemplateError) {
        guard !commands.isEmpty else { throw error("missing value for \(context)") }
        for (index, command) in commands.enumerated().dropFirst() where command.operands[0].isPlainValue {
            throw error("non executable command in pipeline stage \(index + 1)")
        }
    }

    private mutating func parseCommand() throws(TemplateError) -> TemplateCommand {
        var operands: [TemplateOperand] = []
        while true {
            _ = peekBehindSpace()
            if let operand = try parseOperand() { operands.append(operand) }
            let token = next()
            switch token.kind {
            case .space: continue
            case .rightDelimiter, .rightParenthesis: back()
            case .pipe: break
            default: throw unexpected(token, in: "operand")
            }
            guard !operands.isEmpty else { throw error("empty command") }
            return TemplateCommand(operands: operands)
        }
    }

    private mutating func parseOperand() throws(TemplateError) -> TemplateOperand? {
        let start = peekBehindSpace().start
        guard let term = try parseTerm() else { return nil }
        var fields: [String] = []
        while case .field = peek().kind { fields.append(String(text(of: next()).dropFirst())) }
        guard !fields.isEmpty else { return term }
        let span = span(from: start, to: lastEnd)
        switch term.kind {
        case .field(let names): return TemplateOperand(.field(names + fields), span)
        case .variable(let name, let names): return TemplateOperand(.variable(name, names + fields), span)
        case .constant, .null, .dot: throw error("unexpected . after term \(GoFormatter.quote(term.span.text))")
        case .function, .chain, .pipeline: return TemplateOperand(.chain(term, fields), span)
        }
    }

    private mutating func parseTerm() throws(TemplateError) -> TemplateOperand? {
        let token = nextBehindSpace()
        let span = span(of: token)
        switch token.kind {
        case .identifier:
            guard let function = TemplateFunction(rawValue: span.text) else {
                throw error("function \(GoFormatter.quote(span.text)) not defined")
            }
            return TemplateOperand(.function(function), span)
        case .dot: return TemplateOperand(.dot, span)
        case .null: return TemplateOperand(.null, span)
        case .variable:
            guard variables.contains(span.text) else {
                throw error("undefined variable \(GoFormatter.quote(span.text))")
            }
            return TemplateOperand(.variable(span.text, []), span)
        case .field: return TemplateOperand(.field([String(span.text.dropFirst())]), span)
        case .bool: return TemplateOperand(.constant(.bool(span.text == "true")), span)
        case .string, .rawString: return TemplateOperand(.constant(.string(try unquote(token))), span)
        case .number, .character, .complex: return TemplateOperand(.constant(try parseNumber(token)), span)
        case .leftParenthesis:
            let pipeline = try nested { parser throws(TemplateError) in
                try parser.parsePipeline("parenthesized pipeline", until: .rightParenthesis)
            }
            return TemplateOperand(.pipeline(pipeline), self.span(from: token.start, to: lastEnd))
        default:
            back()
            return nil
        }
    }

    private func parseNumber(_ token: TemplateToken) throws(TemplateError) -> TemplateValue {
        let text = text(of: token)
        switch token.kind {
        case .character:
            guard let scalar = GoLiteral.character(source.bytes[token.start..<token.end]) else {
                throw error("malformed character constant: \(text)")
            }
            return .int(Int(scalar))
        case .number:
            switch GoLiteral.number(text) {
            case .int(let value): return .int(value)
            case .float(let value): return .float(value)
            case .tooLarge: throw error("\(text) overflows int")
            case .notOctal: throw error("integer overflow: \(GoFormatter.quote(text))")
            case .malformed: throw error("illegal number syntax: \(GoFormatter.quote(text))")
            }
        default: throw error("complex numbers are not supported")
        }
    }
}
