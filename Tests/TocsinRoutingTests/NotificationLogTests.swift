import Testing
import TocsinAlerts
import TocsinCore
import TocsinRouting

@Suite("Notification log")
struct NotificationLogTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let entry: (firing: Set<UInt64>, resolved: Set<UInt64>)?
        let firing: Set<UInt64>
        let resolved: Set<UInt64>
        var age: Duration = .seconds(60)
        var sendResolved = true
        let expected: NotificationReason?
        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "nothing known, nothing fires", entry: nil, firing: [], resolved: [1], expected: nil),
        Row(name: "first", entry: nil, firing: [1], resolved: [], expected: .firstNotification),
        Row(name: "unchanged", entry: ([1], []), firing: [1], resolved: [], expected: nil),
        Row(name: "one more", entry: ([1], []), firing: [1, 2], resolved: [], expected: .newAlerts),
        Row(name: "another one", entry: ([1], []), firing: [2], resolved: [1], expected: .newAlerts),
        Row(name: "one less", entry: ([1, 2], []), firing: [1], resolved: [2], expected: .someResolved),
        Row(
            name: "one less, not told", entry: ([1, 2], []), firing: [1], resolved: [2], sendResolved: false,
            expected: nil),
        Row(name: "all over", entry: ([1], []), firing: [], resolved: [1], expected: .allResolved),
        Row(
            name: "all over, not told", entry: ([1], []), firing: [], resolved: [1], sendResolved: false, expected: nil),
        Row(name: "over and told", entry: ([], [1]), firing: [], resolved: [1], expected: nil),
        Row(name: "fires again", entry: ([], [1]), firing: [1], resolved: [], expected: .firstNotification),
        Row(
            name: "repeat", entry: ([1], []), firing: [1], resolved: [], age: .seconds(3600), expected: .repeatInterval),
        Row(
            name: "just before the repeat", entry: ([1], []), firing: [1], resolved: [], age: .milliseconds(3_599_999),
            expected: nil),
    ]

    @Test("says when a receiver is to be told, and why", arguments: rows)
    func reason(row: Row) {
        let tick = Timestamp(milliseconds: 1_800_000_000_000)
        let entry = row.entry.map { NotificationLog(at: tick - row.age, firing: $0.firing, resolved: $0.resolved) }
        let reason = NotificationLog.reason(
            after: entry, firing: row.firing, resolved: row.resolved, at: tick, repeatInterval: .seconds(3600),
            sendResolved: row.sendResolved)
        #expect(reason == row.expected)
    }

    @Test("survives being written and read")
    func record() throws {
        let log = NotificationLog(
            at: Timestamp(milliseconds: 1_800_000_000_123), firing: [1, .max, 77], resolved: [0, 3])
        var writer = RecordWriter()
        log.write(to: &writer)
        var reader = RecordReader(writer.bytes)
        #expect(try NotificationLog(from: &reader) == log)
        for length in 0..<writer.bytes.count {
            var short = RecordReader(Array(writer.bytes.prefix(length)))
            #expect(throws: RecordError.self) { try NotificationLog(from: &short) }
        }
    }
}
