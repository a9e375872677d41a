/// Lines of a message, as many as the vendor takes.
struct BoundedText {
    private(set) var text = ""
    private var left: Int
    private let unit: TextUnit

    /// Starts without a line.
    init(limit: Int, in unit: TextUnit) {
        left = limit
        self.unit = unit
    }

    /// Adds a line if there is room for it and for `reserve` more units.
    @discardableResult
    mutating func add(_ line: String, reserve: Int = 0) -> Bool {
        let added = (text.isEmpty ? "" : "\n") + line
        let count = unit.count(added)
        guard !line.isEmpty, count + reserve <= left else { return false }
        text += added
        left -= count
        return true
    }

    /// Adds the alerts of a message, the first ones whole, and says how many found no place.
    ///
    /// - Parameters:
    ///   - headline: An alert's first line; an alert is shown if there is room for it.
    ///   - details: More lines about it, each of which is left out if there is none.
    mutating func add(
        _ message: AlertMessage, headline: (AlertMessage.Item) -> String, details: (AlertMessage.Item) -> [String]
    ) {
        let reserve = 40
        var shown = 0
        for item in message.items {
            guard add(headline(item), reserve: reserve) else { break }
            shown += 1
            for line in details(item) { add(line, reserve: reserve) }
        }
        if let line = message.omittedLine(and: message.items.count - shown) { add(line) }
    }
}
