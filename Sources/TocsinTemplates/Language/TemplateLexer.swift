/// A word of a template's text.
struct TemplateToken: Sendable {
    enum Kind: Sendable {
        case text, leftDelimiter, rightDelimiter, space, assign, declare, pipe, leftParenthesis, rightParenthesis
        case string, rawString, character, number, complex, bool, field, dot, variable, identifier, null, punctuation
        case keyword(Keyword)
        case error(String)
        case end
    }

    enum Keyword: String, Sendable {
        case block
        case breakLoop = "break"
        case continueLoop = "continue"
        case define
        case otherwise = "else"
        case end
        case ifTrue = "if"
        case range
        case template
        case with
    }

    let kind: Kind
    let start: Int
    let end: Int
}

/// Splits a template into tokens, as Go's `text/template/parse` does; the last is the end or an error.
struct TemplateLexer {
    let bytes: [UInt8]
    var position = 0
    var start = 0
    private var openParentheses = 0
    private var tokens: [TemplateToken] = []

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    static func tokens(of bytes: [UInt8]) -> [TemplateToken] {
        var lexer = TemplateLexer(bytes)
        while lexer.lexText(), lexer.lexAction() {}
        return lexer.tokens
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }

    // MARK: - The text

    func byte(_ offset: Int = 0) -> UInt8? {
        position + offset < bytes.count ? bytes[position + offset] : nil
    }

    func has(_ text: StaticString, at place: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard place + count <= bytes.count else { return false }
        return text.withUTF8Buffer { buffer in (0..<count).allSatisfy { bytes[place + $0] == buffer[$0] } }
    }

    private func find(_ text: StaticString) -> Int? {
        (position..<max(position, bytes.count)).first { has(text, at: $0) }
    }

    mutating func emit(_ kind: TemplateToken.Kind) {
        tokens.append(TemplateToken(kind: kind, start: start, end: position))
        start = position
    }

    mutating func fail(_ message: String) -> Bool {
        tokens.append(TemplateToken(kind: .error(message), start: start, end: position))
        return false
    }

    private func trimsLeft(at place: Int) -> Bool {
        place + 1 < bytes.count && bytes[place] == UInt8(ascii: "-") && Self.isSpace(bytes[place + 1])
    }

    private func trimsRight(at place: Int) -> Bool {
        place + 1 < bytes.count && Self.isSpace(bytes[place]) && bytes[place + 1] == UInt8(ascii: "-")
    }

    /// Whether the action ends at a place, and whether the space behind it is to be dropped.
    private func rightDelimiter(at place: Int) -> (isThere: Bool, trims: Bool) {
        if trimsRight(at: place), has("}}", at: place + 2) { return (true, true) }
        return (has("}}", at: place), false)
    }

    private mutating func skipSpace() { while let next = byte(), Self.isSpace(next) { position += 1 } }

    // MARK: - Outside of actions

    /// Reads up to the next action, and tells whether there is one.
    private mutating func lexText() -> Bool {
        guard let delimiter = find("{{") else {
            position = bytes.count
            if position > start { emit(.text) }
            emit(.end)
            return false
        }
        position = delimiter
        if trimsLeft(at: delimiter + 2) {
            while position > start, Self.isSpace(bytes[position - 1]) { position -= 1 }
        }
        if position > start { emit(.text) }
        start = delimiter
        position = delimiter + 2
        return true
    }

    /// Reads an action or a comment, and tells whether the text goes on.
    private mutating func lexAction() -> Bool {
        let marker = trimsLeft(at: position) ? 2 : 0
        if has("/*", at: position + marker) {
            position += marker
            start = position
            return lexComment()
        }
        emit(.leftDelimiter)
        position += marker
        start = position
        openParentheses = 0
        while true {
            let (isEnd, trims) = rightDelimiter(at: position)
            if isEnd {
                guard openParentheses == 0 else { return fail("unclosed left paren") }
                closeAction(trims: trims)
                return true
            }
            guard lexInsideAction() else { return false }
        }
    }

    private mutating func closeAction(trims: Bool) {
        if trims {
            position += 2
            start = position
        }
        position += 2
        emit(.rightDelimiter)
        if trims { skipSpace() }
        start = position
    }

    private mutating func lexComment() -> Bool {
        position += 2
        guard let end = find("*/") else { return fail("unclosed comment") }
        position = end + 2
        let (isEnd, trims) = rightDelimiter(at: position)
        guard isEnd else { return fail("comment ends before closing delimiter") }
        position += trims ? 4 : 2
        if trims { skipSpace() }
        start = position
        return true
    }

    // MARK: - Inside of actions

    private mutating func lexInsideAction() -> Bool {
        guard let next = byte() else { return fail("unclosed action") }
        switch next {
        case 0x20, 0x09, 0x0D, 0x0A:
            lexSpace()
        case UInt8(ascii: "="):
            return take(.assign)
        case UInt8(ascii: ":"):
            position += 1
            guard byte() == UInt8(ascii: "=") else { return fail("expected :=") }
            return take(.declare)
        case UInt8(ascii: "|"):
            return take(.pipe)
        case UInt8(ascii: "\""):
            return lexQuoted(next, .string, "unterminated quoted string")
        case UInt8(ascii: "'"):
            return lexQuoted(next, .character, "unterminated character constant")
        case UInt8(ascii: "`"):
            position += 1
            guard let end = find("`") else { return fail("unterminated raw quoted string") }
            position = end
            return take(.rawString)
        case UInt8(ascii: "$"):
            position += 1
            return lexName(.variable, alone: .variable)
        case UInt8(ascii: "."):
            if let digit = byte(1), (0x30...0x39).contains(digit) { return lexNumber() }
            position += 1
            return byte() == nil ? fail("unclosed action") : lexName(.field, alone: .dot)
        case UInt8(ascii: "+"), UInt8(ascii: "-"), 0x30...0x39:
            return lexNumber()
        case UInt8(ascii: "("):
            openParentheses += 1
            return take(.leftParenthesis)
        case UInt8(ascii: ")"):
            openParentheses -= 1
            _ = take(.rightParenthesis)
            return openParentheses >= 0 || fail("unexpected right paren U+0029 ')'")
        default:
            return lexWord(next)
        }
        return true
    }

    private mutating func take(_ kind: TemplateToken.Kind) -> Bool {
        position += 1
        emit(kind)
        return true
    }

    private mutating func lexSpace() {
        while let next = byte(), Self.isSpace(next) { position += 1 }
        // The last space may belong to a trimming delimiter.
        if trimsRight(at: position - 1), has("}}", at: position + 1) {
            position -= 1
            guard position > start else { return }
        }
        emit(.space)
    }

    private mutating func lexWord(_ first: UInt8) -> Bool {
        if Self.isAlphanumeric(scalar(at: position).value) {
            skipAlphanumerics()
            let word = String(decoding: bytes[start..<position], as: UTF8.self)
            guard isAtTerminator() else { return fail("bad character \(describe(scalar(at: position).value))") }
            if let keyword = TemplateToken.Keyword(rawValue: word) {
                emit(.keyword(keyword))
            } else if word == "true" || word == "false" {
                emit(.bool)
            } else {
                emit(word == "nil" ? .null : .identifier)
            }
            return true
        }
        let value = scalar(at: position).value
        if (0x20..<0x7F).contains(first) { return take(.punctuation) }
        return fail("unrecognized character in action: \(describe(value))")
    }

    /// Reads what follows a `.` or a `$`.
    private mutating func lexName(_ kind: TemplateToken.Kind, alone: TemplateToken.Kind) -> Bool {
        if isAtTerminator() {
            emit(alone)
            return true
        }
        skipAlphanumerics()
        guard isAtTerminator() else { return fail("bad character \(describe(scalar(at: position).value))") }
        emit(kind)
        return true
    }

    private mutating func lexQuoted(_ quote: UInt8, _ kind: TemplateToken.Kind, _ message: String) -> Bool {
        position += 1
        while let next = byte(), next != 0x0A {
            position += 1
            if next == quote {
                emit(kind)
                return true
            }
            if next == UInt8(ascii: "\\") {
                guard let escaped = byte(), escaped != 0x0A else { break }
                position += 1
            }
        }
        return fail(message)
    }
}
