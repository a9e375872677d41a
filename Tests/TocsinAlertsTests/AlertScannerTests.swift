import Testing
import TocsinAlerts
import TocsinCore
import TocsinTesting

@Suite("Posted alerts")
struct AlertScannerTests {
    private static let now = Timestamp(milliseconds: 1_800_000_000_000)

    private func decode(_ scan: AlertScan) throws -> [Alert] {
        try AlertDecoder.decode(scan.payload, receivedAt: AlertScannerTests.now, resolveTimeout: .seconds(300))
    }

    @Test("An alert comes through with labels sorted, times filled in and unknown members left out")
    func accepts() throws {
        let body = #"""
            [{"labels":{"b":"2","a":"\u00e9\ud83d\ude00","empty":""},"annotations":{"summary":"x"},"other":[1,{"y":null}],
              "generatorURL":"http://p/","startsAt":"2026-01-01T00:00:00Z"}]
            """#
        let scan = try AlertScanner.scan(Array(body.utf8), limits: AlertLimits())
        let alert = try #require(try decode(scan).first)
        #expect(scan.rejected.isEmpty && scan.accepted == 1)
        #expect(alert.labels.labels == [Label(name: "a", value: "é😀"), Label(name: "b", value: "2")])
        #expect(alert.timeout && alert.endsAt == AlertScannerTests.now + .seconds(300))
        #expect(alert.startsAt.rfc3339 == "2026-01-01T00:00:00Z")
    }

    @Test(
        "A bad alert is named with its place and reason, and the good ones are kept",
        arguments: [
            (#"{"labels":{}}"#, "at least one label"), (#"{"labels":{"a":1}}"#, "must be a text"),
            (#"5"#, "must be an object"), (#"{"labels":{"a":"b"},"startsAt":"soon"}"#, "RFC 3339"),
            (#"{"labels":{"a":"b"},"startsAt":"2026-01-02T00:00:00Z","endsAt":"2026-01-01T00:00:00Z"}"#, "before"),
            (#"{"labels":["a"]}"#, "must be an object"),
        ])
    func rejects(alert: String, reason: String) throws {
        let body = "[{\"labels\":{\"a\":\"b\"}},\(alert),{\"labels\":{\"c\":\"d\"}}]"
        let scan = try AlertScanner.scan(Array(body.utf8), limits: AlertLimits())
        #expect(scan.accepted == 2 && scan.rejected.map(\.index) == [1])
        #expect(scan.rejected.first?.reason.contains(reason) == true, "\(scan.rejected)")
        #expect(try decode(scan).count == 2)
    }

    @Test(
        "What is no batch is refused as a whole",
        arguments: [
            "", "{}", "[", "[{]", "[{\"labels\":{\"a\":\"b\"}}] x", "[{\"labels\":{\"a\":\"\u{01}\"}}]", "[01]", "nul",
        ])
    func refuses(body: String) {
        #expect(throws: AlertDecodingError.self) { try AlertScanner.scan(Array(body.utf8), limits: AlertLimits()) }
    }

    @Test("Bytes changed at random never crash the reader", arguments: 0..<200 as Range<UInt64>)
    func fuzz(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var body = Array(
            #"[{"labels":{"a":"\u00e9","b":"x"},"startsAt":"2026-01-01T00:00:00Z","n":[1.5e3,true]}]"#.utf8)
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            body[Int.random(in: 0..<body.count, using: &generator)] = UInt8.random(in: .min ... .max, using: &generator)
        }
        guard let scan = try? AlertScanner.scan(body, limits: AlertLimits()) else { return }
        #expect((try? decode(scan).count) == scan.accepted, "seed \(seed)")
    }

    @Test("Alertmanager's webhook body is taken too")
    func webhook() throws {
        let body = #"{"version":"4","status":"firing","alerts":[{"status":"firing","labels":{"a":"b"}}],"x":{}}"#
        #expect(try AlertScanner.scanWebhook(Array(body.utf8), limits: AlertLimits()).accepted == 1)
        #expect(throws: AlertDecodingError.self) {
            try AlertScanner.scanWebhook(Array("{}".utf8), limits: AlertLimits())
        }
    }

    @Test("A webhook's alert fires until it is said to be over, and is over when it is said so")
    func webhookTimes() throws {
        let body = #"""
            {"alerts":[{"status":"firing","labels":{"a":"1"},"endsAt":"0001-01-01T00:00:00Z"},
              {"status":"resolved","labels":{"a":"2"},"endsAt":"0001-01-01T00:00:00Z"}]}
            """#
        let alerts = try decode(try AlertScanner.scanWebhook(Array(body.utf8), limits: AlertLimits()))
        #expect(alerts.map { $0.isResolved(at: AlertScannerTests.now + .seconds(4 * 3600)) } == [false, true])
        #expect(alerts.map { $0.isResolved(at: AlertScannerTests.now) } == [false, true])
    }

    @Test("Of two labels of one name the later counts, whatever their order and however they are escaped")
    func doubles() throws {
        let body = #"[{"labels":{"b":"1","a":"x","\u0062":"2","c":"é\n\u0041","long":"0123456789\"abcdef"}}]"#
        let alert = try #require(
            try decode(try AlertScanner.scan(Array(body.utf8), limits: AlertLimits())).first)
        #expect(
            alert.labels
                == LabelSet([("a", "x"), ("b", "2"), ("c", "é\nA"), ("long", "0123456789\"abcdef")]))
    }

    @Test("Texts are found wherever quotes, escapes and letters of other scripts stand in a word", arguments: 0..<20)
    func alignments(offset: Int) throws {
        let value = String(repeating: "x", count: offset) + "ß\\ü" + String(repeating: "y", count: 20 - offset)
        let json = value.replacing("\\", with: "\\\\")
        let alert = try #require(
            try decode(try AlertScanner.scan(Array("[{\"labels\":{\"a\":\"\(json)\"}}]".utf8), limits: AlertLimits()))
                .first)
        #expect(alert.labels["a"] == value)
    }

    @Test("The fingerprint is Prometheus'")
    func fingerprint() {
        // FNV-1a's offset basis for no labels, as prometheus/common's emptyLabelSignature.
        #expect(LabelSet().fingerprint == 14_695_981_039_346_656_037)
        #expect(LabelSet([("a", "b")]).fingerprint != LabelSet([("a", ""), ("b", "")]).fingerprint)
    }
}
