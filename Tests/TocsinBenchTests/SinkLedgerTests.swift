import Testing

@testable import TocsinBench

@Suite struct SinkLedgerTests {
    private func mark(_ id: String, _ sent: Int64 = 0, resolved: Bool = false) -> WebhookScanner.Mark {
        WebhookScanner.Mark(id: id, isResolved: resolved, sentNanoseconds: sent)
    }

    @Test func countsArrivalsDuplicatesAndLatency() {
        var ledger = SinkLedger(program: SinkProgram(), maximumEntries: 10)
        _ = ledger.receive([mark("a", 1_000_000), mark("b", 2_000_000)], at: 5_000_000)
        _ = ledger.receive([mark("a", 1_000_000)], at: 9_000_000)
        _ = ledger.receive([mark("a", 3_000_000, resolved: true), mark("")], at: 10_000_000)
        let stats = ledger.snapshot()
        #expect(stats.requests == 3)
        #expect(stats.alerts == 5)
        #expect(stats.firing == 3)
        #expect(stats.resolved == 1)
        #expect(stats.distinct == 2)
        #expect(stats.duplicates == 1)
        #expect(stats.unmarked == 1)
        #expect(stats.orderViolations == 0)
        #expect(stats.latency.count == 3)
        #expect(stats.latency.max == 7)
        #expect(stats.firstArrivalMilliseconds == 5)
        #expect(stats.lastArrivalMilliseconds == 10)
        #expect(
            ledger.received() == """
                {"id":"a","count":3,"firstMs":5,"order":"ffr"}
                {"id":"b","count":1,"firstMs":5,"order":"f"}

                """)
    }

    @Test func aFiringThatComesAfterItsLaterResolvedIsAViolation() {
        var ledger = SinkLedger(program: SinkProgram(), maximumEntries: 10)
        _ = ledger.receive([mark("a", 2, resolved: true)], at: 3)
        _ = ledger.receive([mark("a", 1)], at: 4)
        _ = ledger.receive([mark("a", 5)], at: 6)
        #expect(ledger.snapshot().orderViolations == 1)
        #expect(ledger.snapshot().duplicates == 1)
    }

    @Test func whatWasRefusedHasNotArrived() {
        var ledger = SinkLedger(
            program: SinkProgram(sequence: [.init(status: 503), .init(kind: .hang), .init(kind: .reset)]),
            maximumEntries: 10)
        for time in 1...4 as ClosedRange<Int64> { _ = ledger.receive([mark("a", 1)], at: time) }
        let stats = ledger.snapshot()
        #expect(stats.requests == 4)
        #expect(stats.refusedRequests == 3)
        #expect(stats.alerts == 1)
        #expect(stats.duplicates == 0)
    }

    @Test func keepsToItsBound() {
        var ledger = SinkLedger(program: SinkProgram(), maximumEntries: 2)
        _ = ledger.receive([mark("a"), mark("b"), mark("c"), mark("a")], at: 1)
        #expect(ledger.snapshot().distinct == 2)
        #expect(ledger.snapshot().overflowed == 1)
        ledger.reset()
        #expect(ledger.snapshot() == SinkStats())
        _ = ledger.receive([mark("c")], at: 1)
        #expect(ledger.snapshot().distinct == 1)
    }
}
