/// How JavaScript changes the context.
enum ScriptTransitions {
    static func code(_ context: HTMLContext, _ text: ArraySlice<UInt8>) throws(HTMLProblem) -> HTMLTransitions.Step {
        var context = context
        guard let place = HTMLBytes.first(of: "\"`'/", in: text, from: text.startIndex) else {
            context.slash = slash(behind: text, context.slash)
            return (context, text.endIndex)
        }
        context.slash = slash(behind: text[..<place], context.slash)
        let following = place + 1 < text.endIndex ? text[place + 1] : 0
        switch text[place] {
        case UInt8(ascii: "\""): context.state = .jsDoubleQuoted
        case UInt8(ascii: "'"): context.state = .jsSingleQuoted
        case UInt8(ascii: "`"): context.state = .jsTemplate
        case _ where following == UInt8(ascii: "/"):
            return (HTMLTransitions.changed(context, to: .jsLineComment), place + 2)
        case _ where following == UInt8(ascii: "*"):
            return (HTMLTransitions.changed(context, to: .jsBlockComment), place + 2)
        case _ where context.slash == .regexp:
            return (HTMLTransitions.changed(context, to: .jsRegexp), place + 1)
        case _ where context.slash == .division: break
        default: throw HTMLProblem("'/' could start a division or regexp")
        }
        context.slash = .regexp
        return (context, place + 1)
    }

    static func delimited(_ context: HTMLContext, _ text: ArraySlice<UInt8>) throws(HTMLProblem) -> HTMLTransitions.Step
    {
        let specials: StaticString =
            switch context.state {
            case .jsSingleQuoted: "\\'"
            case .jsTemplate: "`\\"
            case .jsRegexp: "\\/[]"
            default: "\\\""
            }
        var place = text.startIndex
        var isInSet = false
        while let special = HTMLBytes.first(of: specials, in: text, from: place) {
            place = special + 1
            switch text[special] {
            case UInt8(ascii: "\\"):
                guard place < text.endIndex else { throw HTMLProblem("unfinished escape sequence in JS string") }
                place += 1
            case UInt8(ascii: "["): isInSet = true
            case UInt8(ascii: "]"): isInSet = false
            case _ where !isInSet:
                var context = context
                context.state = .js
                context.slash = .division
                return (context, place)
            default: break
            }
        }
        guard !isInSet else { throw HTMLProblem("unfinished JS regexp charset") }
        return (context, text.endIndex)
    }

    static func lineComment(_ context: HTMLContext, _ text: ArraySlice<UInt8>) -> HTMLTransitions.Step {
        for place in text.indices {
            let isLineEnd = text[place] == 0x0A || text[place] == 0x0D || isWideLineEnd(text, at: place)
            if isLineEnd { return (HTMLTransitions.changed(context, to: .js), place) }
        }
        return (context, text.endIndex)
    }

    /// Whether U+2028 or U+2029 stands at a place.
    static func isWideLineEnd(_ text: ArraySlice<UInt8>, at place: Int) -> Bool {
        place + 2 < text.endIndex && text[place] == 0xE2 && text[place + 1] == 0x80 && text[place + 2] & 0xFE == 0xA8
    }

    private static let wordsBeforeRegexp: Set<String> = [
        "break", "case", "continue", "delete", "do", "else", "finally", "in", "instanceof", "return", "throw", "try",
        "typeof", "void",
    ]

    /// What a slash would begin behind a text without strings, comments and slashes.
    static func slash(behind text: ArraySlice<UInt8>, _ before: HTMLContext.Slash) -> HTMLContext.Slash {
        var end = text.endIndex
        while end > text.startIndex {
            if HTMLBytes.isSpace(text[end - 1]) {
                end -= 1
            } else if end - 3 >= text.startIndex, isWideLineEnd(text, at: end - 3) {
                end -= 3
            } else {
                break
            }
        }
        let code = text[..<end]
        guard let last = code.last else { return before }
        switch last {
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            // `x++ /` divides, `x + /` does not.
            return code.reversed().prefix { $0 == last }.count % 2 == 1 ? .regexp : .division
        case UInt8(ascii: "."):
            let digit = code.dropLast().last
            return digit.map { (0x30...0x39).contains($0) } == true ? .division : .regexp
        case _ where ",<>=*%&|^?!~([:;{}".utf8.contains(last): return .regexp
        default:
            let word = code.reversed().prefix(while: isIdentifierPart).reversed()
            return wordsBeforeRegexp.contains(String(decoding: Array(word), as: UTF8.self)) ? .regexp : .division
        }
    }

    static func isIdentifierPart(_ byte: UInt8) -> Bool {
        HTMLBytes.isAlphanumeric(byte) || byte == UInt8(ascii: "$") || byte == UInt8(ascii: "_")
    }
}
