import Metrics
import Testing
import TocsinCore
import TocsinTelemetry

@Suite("Metrics")
struct MetricsRegistryTests {
    @Test("Prometheus' text format")
    func text() {
        let registry = MetricsRegistry()
        registry.describe("x_total", help: "What x \\ is.")
        Counter(label: "x_total", dimensions: [("b", "1\"2\n"), ("a", "y")], factory: registry).increment(by: 3)
        Timer(label: "t_seconds", dimensions: [], factory: registry).recordMilliseconds(7)
        let text = registry.expose()
        #expect(
            text.contains(
                "# HELP x_total What x \\\\ is.\n# TYPE x_total counter\nx_total{a=\"y\",b=\"1\\\"2\\n\"} 3\n"))
        #expect(text.contains("t_seconds_bucket{le=\"0.005\"} 0\nt_seconds_bucket{le=\"0.01\"} 1\n"))
        #expect(text.contains("t_seconds_count 1\n"))
        #expect(registry.exposeOpenMetrics().hasSuffix("# EOF\n"))
        #expect(registry.exposeOpenMetrics().contains("# TYPE x counter\nx_total{"))
    }

    @Test("The number of series is bounded, and what is left out is counted")
    func bounded() {
        let registry = MetricsRegistry(maximumSeries: 2)
        for index in 0..<5 { Counter(label: "c_total", dimensions: [("i", "\(index)")], factory: registry).increment() }
        #expect(registry.expose().contains("tocsin_metrics_dropped_series_total 3\n"))
    }

    @Test("A day's count forgets what is older")
    func sliding() {
        let counter = SlidingCounter()
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        counter.add(5, at: now)
        counter.add(7, at: now + .seconds(3600))
        #expect(counter.total(at: now + .seconds(3600)) == 12)
        #expect(counter.total(at: now + .seconds(86_400 + 600)) == 7)
        #expect(counter.total(at: now + .seconds(3 * 86_400)) == 0)
    }

    @Test(
        "Uptime reads well",
        arguments: [(5, "5s"), (61, "1m"), (3_700, "1h 1m"), (90_061, "1d 1h 1m")])
    func uptime(seconds: Int, text: String) { #expect(UptimeText.format(.seconds(seconds)) == text) }
}
