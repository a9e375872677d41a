import Testing

@testable import TocsinBench

@Suite struct WebhookScannerTests {
    private func scan(_ text: String) -> [WebhookScanner.Mark] {
        Array(text.utf8).withUnsafeBytes { WebhookScanner.scan($0) }
    }

    private let alertmanagers = #"""
        {"receiver":"default","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"Load01","bench_id":"r1-000000007",
        "severity":"critical"},"annotations":{"bench_sent_ns":"1790000000000000001","summary":"a \"quoted\" } text"},
        "startsAt":"2026-11-23T08:04:53.195411231Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://prom/graph","fingerprint":"17"},
        {"status":"resolved","labels":{"bench_id":"r1-000000008"},"annotations":{"bench_sent_ns":"1790000000000000002"}}],
        "groupLabels":{"bench_id":"r1-000000007"},"commonLabels":{"bench_id":"r1-000000007","status":"resolved"},
        "commonAnnotations":{"bench_sent_ns":"5"},"externalURL":"http://vm:19093","version":"4","groupKey":"{}:{bench_id=\"r1-000000007\"}",
        "truncatedAlerts":0}
        """#

    @Test func findsTheMarksOfEveryAlertAndOnlyThere() {
        #expect(
            scan(alertmanagers) == [
                .init(id: "r1-000000007", isResolved: false, sentNanoseconds: 1_790_000_000_000_000_001),
                .init(id: "r1-000000008", isResolved: true, sentNanoseconds: 1_790_000_000_000_000_002),
            ])
    }

    @Test func doesNotDependOnTheOrderOfKeysOrOnSpaces() {
        let text = #"""
            { "version" : "4" , "groupLabels" : { "bench_id" : "no" } , "alerts" : [
              { "annotations" : { "nested" : { "bench_sent_ns" : "9" } , "bench_sent_ns" : "42" } , "labels" :
              { "bench_id" : "yes" } , "status" : "resolved" } ] }
            """#
        #expect(scan(text) == [.init(id: "yes", isResolved: true, sentNanoseconds: 42)])
    }

    @Test(arguments: [
        "", "{", "[]", "null", #"{"text":"bench_id"}"#, #"{"alerts":{"labels":{"bench_id":"x"}}}"#,
        #"[{"alerts":[{"labels":{"bench_id":"x"}}]}]"#, #"{"alerts":[["labels"]]}"#,
        #"{"alerts":["labels","bench_id"]}"#,
        #"{"a":"\"#, "}}}}]]]]", String(repeating: "[", count: 100_000),
        String(repeating: "{\"alerts\":[", count: 1000),
    ])
    func findsNothingElsewhere(_ text: String) {
        #expect(scan(text).allSatisfy { $0.id.isEmpty })
    }

    @Test(arguments: ["", "x", "-1", "99999999999999999999", "9223372036854775808"])
    func takesNoTimeThatIsNone(_ text: String) {
        let marks = scan(#"{"alerts":[{"annotations":{"bench_sent_ns":"\#(text)"}}]}"#)
        #expect(marks == [.init(id: "", isResolved: false, sentNanoseconds: 0)])
    }

    /// Every prefix and every one-byte change of a real body is scanned without a trap.
    @Test func survivesDamage() {
        let bytes = Array(alertmanagers.utf8)
        for length in 0..<bytes.count { _ = bytes[..<length].withUnsafeBytes { WebhookScanner.scan($0) } }
        for position in bytes.indices {
            var damaged = bytes
            for byte in [UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "{"), UInt8(ascii: "}"), 0xFF] {
                damaged[position] = byte
                _ = damaged.withUnsafeBytes { WebhookScanner.scan($0) }
            }
        }
    }
}
