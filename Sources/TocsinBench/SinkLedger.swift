/// Everything a sink has received, per alert.
///
/// An alert has arrived when a request that carries it is answered 2xx; what was refused, left hanging or reset may come
/// again and is no duplicate then.
struct SinkLedger {
    /// What became of one alert.
    struct Entry {
        var count = 0
        var firstNanoseconds: Int64
        var newestSentNanoseconds: Int64 = 0
        /// What the latest arrival said; `nil` before the first.
        var isResolved: Bool?
        /// `f` and `r` in the order of arrival, as far as they fit.
        var order: [UInt8] = []
    }

    private static let longestOrder = 32

    private let maximumEntries: Int
    private var script: SinkScript
    private(set) var entries: [String: Entry] = [:]
    private var arrivalOrder: [String] = []
    private var stats = SinkStats()
    private var latencies = Histogram()
    private var firstArrival: Int64 = 0
    private var lastArrival: Int64 = 0

    init(program: SinkProgram, maximumEntries: Int) {
        script = SinkScript(program)
        self.maximumEntries = maximumEntries
    }

    mutating func follow(_ program: SinkProgram) { script = SinkScript(program) }

    /// Forgets all arrivals; the program goes on.
    mutating func reset() {
        let script = script
        self = SinkLedger(program: SinkProgram(), maximumEntries: maximumEntries)
        self.script = script
    }

    /// Takes note of one request and decides its answer.
    mutating func receive(_ marks: [WebhookScanner.Mark], at now: Int64) -> SinkProgram.Answer {
        let answer = script.next()
        stats.requests += 1
        guard answer.accepts else {
            stats.refusedRequests += 1
            return answer
        }
        firstArrival = firstArrival == 0 ? now : firstArrival
        lastArrival = now
        for mark in marks { arrived(mark, at: now) }
        return answer
    }

    func snapshot() -> SinkStats {
        var stats = stats
        stats.distinct = entries.count
        stats.latency = LatencySummary(nanoseconds: latencies)
        stats.firstArrivalMilliseconds = firstArrival / 1_000_000
        stats.lastArrivalMilliseconds = lastArrival / 1_000_000
        return stats
    }

    /// One line of JSON an alert, in the order of first arrival: id, count, firstMs, order (such as `fr`).
    func received() -> String {
        var text = ""
        for id in arrivalOrder {
            guard let entry = entries[id] else { continue }
            let order = String(decoding: entry.order, as: UTF8.self)
            text += #"{"id":"\#(SinkLedger.escaped(id))","count":\#(entry.count),"#
            text += #""firstMs":\#(entry.firstNanoseconds / 1_000_000),"order":"\#(order)"}"# + "\n"
        }
        return text
    }

    private mutating func arrived(_ mark: WebhookScanner.Mark, at now: Int64) {
        stats.alerts += 1
        guard !mark.id.isEmpty else {
            stats.unmarked += 1
            return
        }
        // An entry is moved out and back, because two look-ups are cheaper than a copy of its array.
        guard let index = entries.index(forKey: mark.id) else { return insert(mark, at: now) }
        SinkLedger.update(&entries.values[index], mark, at: now, &stats, &latencies)
    }

    private mutating func insert(_ mark: WebhookScanner.Mark, at now: Int64) {
        guard entries.count < maximumEntries else {
            stats.overflowed += 1
            return
        }
        var entry = Entry(firstNanoseconds: now)
        SinkLedger.update(&entry, mark, at: now, &stats, &latencies)
        entries[mark.id] = entry
        arrivalOrder.append(mark.id)
    }

    private static func update(
        _ entry: inout Entry, _ mark: WebhookScanner.Mark, at now: Int64, _ stats: inout SinkStats,
        _ latencies: inout Histogram
    ) {
        entry.count += 1
        if entry.order.count < longestOrder { entry.order.append(UInt8(ascii: mark.isResolved ? "r" : "f")) }
        if mark.sentNanoseconds > 0, mark.sentNanoseconds < entry.newestSentNanoseconds {
            stats.orderViolations += 1
        } else if entry.isResolved == mark.isResolved {
            stats.duplicates += 1
        } else if mark.sentNanoseconds > 0 {
            latencies.record(UInt64(max(0, now - mark.sentNanoseconds)))
        }
        entry.newestSentNanoseconds = max(entry.newestSentNanoseconds, mark.sentNanoseconds)
        entry.isResolved = mark.isResolved
        if mark.isResolved { stats.resolved += 1 } else { stats.firing += 1 }
    }

    /// An id as it stood in the JSON text needs no escaping again, except where it was cut.
    private static func escaped(_ id: String) -> String {
        id.utf8.allSatisfy { $0 >= 0x20 } ? id : "?"
    }
}
