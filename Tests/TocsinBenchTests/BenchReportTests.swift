import Testing

@testable import TocsinBench

@Suite struct BenchReportTests {
    private let report = BenchReport(
        title: "Tocsin and Alertmanager",
        systems: ["tocsin", "alertmanager"],
        measurements: [
            .init(
                name: "ingest", unit: "alerts/s", higherIsBetter: true,
                values: ["tocsin": 90_000, "alertmanager": 60_000]),
            .init(name: "p95", unit: "ms", higherIsBetter: false, values: ["tocsin": 2, "alertmanager": 4.25]),
            .init(name: "lost", unit: "alerts", higherIsBetter: false, values: ["tocsin": 0]),
        ])

    @Test func laysOutATableWithRatios() {
        #expect(
            report.table() == """
                Tocsin and Alertmanager
                measurement  unit      tocsin  alertmanager  ratio
                ingest       alerts/s   90000         60000  1.50x
                p95          ms          2.00          4.25  2.13x
                lost         alerts      0.00             -      -

                """)
    }

    @Test func readsItsOwnJSON() throws {
        #expect(try BenchReport(json: report.json().utf8) == report)
        #expect(throws: BenchError.self) { try BenchReport(json: "[]".utf8) }
    }

    @Test(arguments: [
        (0.0, "0.00"), (0.005, "0.01"), (1.234, "1.23"), (9.999, "10.00"), (12.34, "12.3"), (123.4, "123"),
        (-1.5, "-1.50"),
        (-0.001, "0.00"), (.nan, "-"), (.infinity, "-"), (1e300, "-"),
    ])
    func writesNumbersShort(_ value: Double, _ text: String) {
        #expect(BenchReport.format(value) == text)
    }
}
