/// Reads one piece of literal text of an HTML template.
struct HTMLTextReader {
    private let text: ArraySlice<UInt8>
    private(set) var context: HTMLContext
    private(set) var out: [UInt8] = []
    /// How far the text has been written to ``out`` or dropped.
    private var written: Int

    init(_ text: ArraySlice<UInt8>, _ context: HTMLContext) {
        self.text = text
        self.context = context
        written = text.startIndex
    }

    mutating func run() throws(HTMLProblem) {
        var place = text.startIndex
        while place < text.endIndex {
            let (next, end) = try HTMLTransitions.step(context, text[place...])
            if context.state == .text || context.state == .rcdata {
                quoteStrayBrackets(from: place, to: end, hasTag: next.state != context.state)
            } else if context.isComment, context.delimiter == .none {
                leaveComment(to: end)
            }
            if next.state != context.state, next.isComment, next.delimiter == .none {
                // The comment's opening mark goes with it.
                out += text[written..<(end - (next.state == .comment ? 4 : 2))]
                written = end
            }
            guard end > place || next != context else { throw HTMLProblem("the text leads nowhere") }
            context = next
            place = end
        }
        if !context.isComment || context.delimiter != .none { out += text[written...] }
    }

    /// Writes every `<` as a reference but the one that begins a tag at the end and those of document types.
    private mutating func quoteStrayBrackets(from start: Int, to end: Int, hasTag: Bool) {
        var end = end
        if hasTag, let tag = text[start..<end].lastIndex(of: UInt8(ascii: "<")) { end = tag }
        for place in start..<end where text[place] == UInt8(ascii: "<") {
            guard !HTMLBytes.has("<!doctype".utf8, in: text, at: place) else { continue }
            out += text[written..<place]
            out += "&lt;".utf8
            written = place + 1
        }
    }

    /// Drops what was read of a comment, but leaves what keeps the words around it apart.
    private mutating func leaveComment(to end: Int) {
        switch context.state {
        case .jsBlockComment:
            let comment = text[written..<end]
            let hasLineEnd = comment.indices.contains { place in
                comment[place] == 0x0A || comment[place] == 0x0D
                    || ScriptTransitions.isWideLineEnd(comment, at: place)
            }
            out.append(hasLineEnd ? 0x0A : 0x20)
        case .cssBlockComment: out.append(0x20)
        default: break
        }
        written = end
    }
}
