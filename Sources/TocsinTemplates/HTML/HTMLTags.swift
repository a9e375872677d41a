/// The text of HTML without its tags, for trusted HTML in attributes.
enum HTMLTags {
    static func strip(_ html: String) -> String {
        let text = Array(html.utf8)[...]
        var context = HTMLContext()
        var place = 0
        var out: [UInt8] = []
        var hasTags = false
        while place < text.endIndex {
            if context.delimiter != .none {
                guard let end = HTMLTransitions.valueEnd(context.delimiter, text[place...]) else { break }
                place = context.delimiter == .spaceOrTagEnd ? end : end + 1
                context = HTMLContext(state: .tag, element: context.element)
                continue
            }
            var reading = context
            if context.element != .none, !context.isInTag { reading.state = .rcdata }
            guard let (next, end) = try? HTMLTransitions.transition(reading, text[place...]) else { break }
            if context.state == .text || context.state == .rcdata {
                var textEnd = end
                if next.state != context.state {
                    textEnd = text[place..<end].lastIndex(of: UInt8(ascii: "<")) ?? end
                }
                out += text[place..<textEnd]
            } else {
                hasTags = true
            }
            guard end > place || next != context else { break }
            context = next
            place = end
        }
        guard hasTags else { return html }
        if place < text.endIndex, context.state == .text || context.state == .rcdata { out += text[place...] }
        return String(decoding: out, as: UTF8.self)
    }
}
