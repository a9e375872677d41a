import TocsinAlerts

/// What alerts say, in the form that a version of Jira's interface takes.
enum JiraText {
    /// Writes a message: a document for version 3, a text for version 2.
    static func write(_ message: AlertMessage, title: String? = nil, isVersion3: Bool, to writer: inout JSONWriter) {
        if isVersion3 {
            document(message, title: title).write(to: &writer)
        } else {
            writer.value(plain(message, title: title))
        }
    }

    /// Version 2 reads texts as wiki markup, which could mention people: only this macro takes its content as it is.
    private static func plain(_ message: AlertMessage, title: String?) -> String {
        let room = ADFDocument.limit - 600
        let text = (title.map { $0 + "\n" } ?? "") + message.ticketText(limit: room / 2)
        let harmless = text.replacing(#/\{(?=noformat)/#.ignoresCase(), with: "{ ")
        return "{noformat}\n\(Truncation.characters(harmless, limit: room))\n{noformat}"
    }

    private static func document(_ message: AlertMessage, title: String?) -> ADFDocument {
        var document = ADFDocument()
        if let title { document.add([.init(text: title, isStrong: true)]) }
        let reserve = 8000
        var shown = 0
        for item in message.items {
            guard document.add([.init(text: item.ticketLine, isStrong: true)], reserve: reserve) else { break }
            shown += 1
            for line in item.ticketFacts { document.add([.init(text: line)], reserve: reserve) }
            if !item.links.isEmpty { document.add(runs(item.links), reserve: reserve) }
        }
        if let line = message.omittedLine(and: message.items.count - shown) { document.add([.init(text: line)]) }
        let facts = Truncation.characters(message.factLine, limit: 500)
        if !facts.isEmpty { document.add([.init(text: facts)]) }
        for link in message.links { document.add(runs([link])) }
        return document
    }

    private static func runs(_ links: [AlertMessage.Link]) -> [ADFDocument.Run] {
        Array(
            links.map { [ADFDocument.Run(text: $0.title, link: $0.url)] }
                .joined(separator: [ADFDocument.Run(text: "  ")]))
    }
}
