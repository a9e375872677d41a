/// How literal text changes the context; what is wrong with it is thrown.
struct HTMLProblem: Error {
    let text: String

    init(_ text: String) { self.text = text }
}

/// Reads literal text of a template: every step goes on to the next place where the context may change.
enum HTMLTransitions {
    typealias Step = (context: HTMLContext, end: Int)

    /// The context behind the first part of a text, and where that part ends.
    static func step(_ context: HTMLContext, _ text: ArraySlice<UInt8>) throws(HTMLProblem) -> Step {
        guard context.delimiter == .none else { return try attributeValue(context, text) }
        guard let end = elementEnd(context, text) else { return try transition(context, text) }
        return end == text.startIndex ? (HTMLContext(), end) : try transition(context, text[..<end])
    }

    /// Reads the value of an attribute, to its end if that is there.
    private static func attributeValue(_ context: HTMLContext, _ text: ArraySlice<UInt8>) throws(HTMLProblem) -> Step {
        let end = valueEnd(context.delimiter, text)
        if context.delimiter == .spaceOrTagEnd,
            let wrong = HTMLBytes.first(of: "\"'<=`", in: text[..<(end ?? text.endIndex)], from: text.startIndex)
        {
            throw HTMLProblem("\(GoFormatter.quote(String(Character(UnicodeScalar(text[wrong]))))) in unquoted attr")
        }
        guard let end else {
            var context = context
            var rest = HTMLEntities.decode(text)[...]
            while !rest.isEmpty {
                let (next, end) = try transition(context, rest)
                context = next
                rest = rest[end...]
            }
            return (context, text.endIndex)
        }
        var next = HTMLContext(state: .tag, element: context.element)
        // A script of a type that is none, such as a template's, is text.
        if context.state == .attribute, context.element == .script, context.attribute == .scriptType,
            !isScript(String(decoding: text[..<end], as: UTF8.self))
        {
            next.element = .none
        }
        return (next, context.delimiter == .spaceOrTagEnd ? end : end + 1)
    }

    static func valueEnd(_ delimiter: HTMLContext.Delimiter, _ text: ArraySlice<UInt8>) -> Int? {
        switch delimiter {
        case .none: nil
        case .doubleQuote: text.firstIndex(of: UInt8(ascii: "\""))
        case .singleQuote: text.firstIndex(of: UInt8(ascii: "'"))
        case .spaceOrTagEnd: HTMLBytes.first(of: " \t\n\u{0C}\r>", in: text, from: text.startIndex)
        }
    }

    private static let scriptTypes: Set<String> = [
        "application/ecmascript", "application/javascript", "application/json", "application/ld+json",
        "application/x-ecmascript", "application/x-javascript", "module", "text/ecmascript", "text/javascript",
        "text/javascript1.0", "text/javascript1.1", "text/javascript1.2", "text/javascript1.3", "text/javascript1.4",
        "text/javascript1.5", "text/jscript", "text/livescript", "text/x-ecmascript", "text/x-javascript",
    ]

    private static func isScript(_ type: String) -> Bool {
        let name = type.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init)
        return scriptTypes.contains(TextFunctions.trim((name ?? "").lowercased()))
    }

    /// One step without regard to the end of the element.
    static func transition(_ context: HTMLContext, _ text: ArraySlice<UInt8>) throws(HTMLProblem) -> Step {
        switch context.state {
        case .text: return markup(context, text)
        case .tag: return try tag(context, text)
        case .attributeName: return try attributeName(context, text)
        case .afterName: return afterName(context, text)
        case .beforeValue: return beforeValue(context, text)
        case .comment:
            guard let end = HTMLBytes.first("-->", in: text, from: text.startIndex) else {
                return (context, text.endIndex)
            }
            return (HTMLContext(), end + 3)
        case .rcdata:
            guard let end = elementEnd(context, text) else { return (context, text.endIndex) }
            return (HTMLContext(), end)
        case .attribute, .dead: return (context, text.endIndex)
        case .url, .srcset: return (url(context, text), text.endIndex)
        case .js: return try ScriptTransitions.code(context, text)
        case .jsDoubleQuoted, .jsSingleQuoted, .jsTemplate, .jsRegexp:
            return try ScriptTransitions.delimited(context, text)
        case .jsBlockComment, .cssBlockComment:
            guard let end = HTMLBytes.first("*/", in: text, from: text.startIndex) else {
                return (context, text.endIndex)
            }
            return (changed(context, to: context.state == .jsBlockComment ? .js : .css), end + 2)
        case .jsLineComment: return ScriptTransitions.lineComment(context, text)
        case .cssLineComment:
            guard let end = HTMLBytes.first(of: "\n\u{0C}\r", in: text, from: text.startIndex) else {
                return (context, text.endIndex)
            }
            return (changed(context, to: .css), end)
        case .css: return StyleTransitions.code(context, text)
        case .cssDoubleQuoted, .cssSingleQuoted, .cssDoubleQuotedURL, .cssSingleQuotedURL, .cssURL:
            return try StyleTransitions.string(context, text)
        }
    }

    static func changed(_ context: HTMLContext, to state: HTMLContext.State) -> HTMLContext {
        var context = context
        context.state = state
        return context
    }

    // MARK: - Markup

    private static func markup(_ context: HTMLContext, _ text: ArraySlice<UInt8>) -> Step {
        var place = text.startIndex
        while let less = text[place...].firstIndex(of: UInt8(ascii: "<")), less + 1 < text.endIndex {
            if HTMLBytes.has("<!--".utf8, in: text, at: less) { return (HTMLContext(state: .comment), less + 4) }
            let isEnd = text[less + 1] == UInt8(ascii: "/")
            let start = less + (isEnd ? 2 : 1)
            guard start < text.endIndex else { break }
            let end = tagNameEnd(text, from: start)
            if end > start {
                let name = String(decoding: text[start..<end], as: UTF8.self)
                return (HTMLContext(state: .tag, element: isEnd ? .none : HTMLContext.Element(tagName: name)), end)
            }
            place = end
        }
        return (context, text.endIndex)
    }

    private static func tagNameEnd(_ text: ArraySlice<UInt8>, from start: Int) -> Int {
        guard start < text.endIndex, HTMLBytes.isLetter(text[start]) else { return start }
        var end = start + 1
        while end < text.endIndex {
            if HTMLBytes.isAlphanumeric(text[end]) {
                end += 1
            } else if text[end] == UInt8(ascii: ":") || text[end] == UInt8(ascii: "-"), end + 1 < text.endIndex,
                HTMLBytes.isAlphanumeric(text[end + 1])
            {
                end += 2
            } else {
                break
            }
        }
        return end
    }

    private static func tag(_ context: HTMLContext, _ text: ArraySlice<UInt8>) throws(HTMLProblem) -> Step {
        let start = HTMLBytes.skipSpace(text, from: text.startIndex)
        guard start < text.endIndex else { return (context, text.endIndex) }
        if text[start] == UInt8(ascii: ">") {
            return (HTMLContext(state: context.element.contentState, element: context.element), start + 1)
        }
        let end = try attributeNameEnd(text, from: start)
        guard end > start else { throw HTMLProblem("expected space, attr name, or end of tag") }
        let name = String(decoding: text[start..<end], as: UTF8.self).lowercased()
        var attribute = HTMLContext.Attribute.none
        if context.element == .script, name == "type" {
            attribute = .scriptType
        } else {
            switch AttributeTypes.kind(of: name) {
            case .url: attribute = .url
            case .css: attribute = .style
            case .script: attribute = .script
            case .srcset: attribute = .srcset
            case .plain, .html, .unsafe: break
            }
        }
        let state: HTMLContext.State = end == text.endIndex ? .attributeName : .afterName
        return (HTMLContext(state: state, attribute: attribute, element: context.element), end)
    }

    private static func attributeNameEnd(_ text: ArraySlice<UInt8>, from start: Int) throws(HTMLProblem) -> Int {
        for place in start..<text.endIndex {
            switch text[place] {
            case 0x20, 0x09, 0x0A, 0x0C, 0x0D, UInt8(ascii: "="), UInt8(ascii: ">"): return place
            case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "<"):
                let character = Character(UnicodeScalar(text[place]))
                throw HTMLProblem("\(GoFormatter.quote(String(character))) in attribute name")
            default: break
            }
        }
        return text.endIndex
    }

    private static func attributeName(_ context: HTMLContext, _ text: ArraySlice<UInt8>) throws(HTMLProblem) -> Step {
        let end = try attributeNameEnd(text, from: text.startIndex)
        return (end < text.endIndex ? changed(context, to: .afterName) : context, end)
    }

    private static func afterName(_ context: HTMLContext, _ text: ArraySlice<UInt8>) -> Step {
        let start = HTMLBytes.skipSpace(text, from: text.startIndex)
        guard start < text.endIndex else { return (context, text.endIndex) }
        guard text[start] == UInt8(ascii: "=") else { return (changed(context, to: .tag), start) }
        return (changed(context, to: .beforeValue), start + 1)
    }

    private static func beforeValue(_ context: HTMLContext, _ text: ArraySlice<UInt8>) -> Step {
        var start = HTMLBytes.skipSpace(text, from: text.startIndex)
        guard start < text.endIndex else { return (context, text.endIndex) }
        var next = changed(context, to: context.attribute.valueState)
        switch text[start] {
        case UInt8(ascii: "'"):
            next.delimiter = .singleQuote
            start += 1
        case UInt8(ascii: "\""):
            next.delimiter = .doubleQuote
            start += 1
        default: next.delimiter = .spaceOrTagEnd
        }
        return (next, start)
    }

    /// Where the tag begins that ends an element whose content is no markup.
    private static func elementEnd(_ context: HTMLContext, _ text: ArraySlice<UInt8>) -> Int? {
        let name = context.element.tagName
        guard !name.isEmpty, !context.isInTag else { return nil }
        var place = text.startIndex
        while let end = HTMLBytes.first("</", in: text, from: place) {
            let behind = end + 2 + name.count
            if HTMLBytes.has(name, in: text, at: end + 2), behind < text.endIndex {
                switch text[behind] {
                case UInt8(ascii: ">"), UInt8(ascii: "/"), 0x20, 0x09, 0x0A, 0x0C: return end
                default: break
                }
            }
            place = end + 2
        }
        return nil
    }

    /// How far a URL has been read behind a part of it.
    static func url(_ context: HTMLContext, _ text: some Collection<UInt8>) -> HTMLContext {
        var context = context
        if text.contains(where: { $0 == UInt8(ascii: "#") || $0 == UInt8(ascii: "?") }) {
            context.urlPart = .queryOrFragment
        } else if context.urlPart == .none, !text.allSatisfy(HTMLBytes.isSpace) {
            context.urlPart = .beforeQuery
        }
        return context
    }
}
