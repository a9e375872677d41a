public import Metrics
import Synchronization

/// Keeps a process' metrics and shows them to Prometheus.
///
/// Counters are integers, timers and recorders are histograms. The number of series is bounded: beyond it, new ones
/// count into nothing but `tocsin_metrics_dropped_series_total`, because a label that grows must not take the memory.
public final class MetricsRegistry: MetricsFactory, Sendable {
    struct SeriesKey: Hashable {
        let name: String
        let labels: String
    }

    private struct State {
        var help: [String: String] = [:]
        var counters: [SeriesKey: CounterSeries] = [:]
        var gauges: [SeriesKey: GaugeSeries] = [:]
        var histograms: [SeriesKey: HistogramSeries] = [:]
        var dropped = 0

        var count: Int { counters.count + gauges.count + histograms.count }
    }

    private let maximumSeries: Int
    private let state = Mutex(State())

    /// - Parameter maximumSeries: The most series to keep.
    public init(maximumSeries: Int = 10_000) { self.maximumSeries = maximumSeries }

    /// Says what a metric is, for its HELP line.
    public func describe(_ name: String, help: String) { state.withLock { $0.help[name] = help } }

    /// A counter, the same one for the same name and labels.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let key = SeriesKey(name: label, labels: MetricsText.labels(dimensions))
        return find(\.counters, key) { CounterSeries() }
    }

    /// A histogram of sizes in bytes, or a gauge if nothing is to be aggregated.
    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        let key = SeriesKey(name: label, labels: MetricsText.labels(dimensions))
        guard aggregate else { return find(\.gauges, key) { GaugeSeries() } }
        return find(\.histograms, key) { HistogramSeries(bounds: HistogramSeries.byteBounds, scale: 1) }
    }

    /// A gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        find(\.gauges, SeriesKey(name: label, labels: MetricsText.labels(dimensions))) { GaugeSeries() }
    }

    /// A histogram of times in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let key = SeriesKey(name: label, labels: MetricsText.labels(dimensions))
        return find(\.histograms, key) { HistogramSeries(bounds: HistogramSeries.secondBounds, scale: 1e-9) }
    }

    // Series live as long as the process: their number is bounded, and a counter that vanishes looks like a restart.
    /// Does nothing: series live as long as the process.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// Does nothing: series live as long as the process.
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Does nothing: series live as long as the process.
    public func destroyMeter(_ handler: any MeterHandler) {}
    /// Does nothing: series live as long as the process.
    public func destroyTimer(_ handler: any TimerHandler) {}

    private func find<Series: Sendable>(
        _ path: any WritableKeyPath<State, [SeriesKey: Series]> & Sendable, _ key: SeriesKey,
        make: @Sendable () -> Series
    ) -> Series {
        state.withLock { state in
            if let known = state[keyPath: path][key] { return known }
            let made = make()
            if state.count < maximumSeries { state[keyPath: path][key] = made } else { state.dropped += 1 }
            return made
        }
    }

    /// All metrics in Prometheus' text format, version 0.0.4.
    public func expose() -> String { text(isOpenMetrics: false) }

    /// All metrics in the OpenMetrics text format, version 1.0.0.
    public func exposeOpenMetrics() -> String { text(isOpenMetrics: true) }

    private func text(isOpenMetrics: Bool) -> String {
        let snapshot = state.withLock { $0 }
        var text = MetricsText(help: snapshot.help, isOpenMetrics: isOpenMetrics)
        for (name, series) in grouped(snapshot.counters) {
            text.family(name, type: "counter")
            for (labels, counter) in series { text.sample(name, labels, String(counter.value)) }
        }
        for (name, series) in grouped(snapshot.gauges) {
            text.family(name, type: "gauge")
            for (labels, gauge) in series { text.sample(name, labels, MetricsText.number(gauge.value)) }
        }
        for (name, series) in grouped(snapshot.histograms) {
            text.family(name, type: "histogram")
            for (labels, histogram) in series { text.histogram(name, labels, histogram.snapshot) }
        }
        text.family("tocsin_metrics_dropped_series_total", type: "counter")
        text.sample("tocsin_metrics_dropped_series_total", "", String(snapshot.dropped))
        return text.finished
    }

    private func grouped<Series>(
        _ all: [SeriesKey: Series]
    ) -> [(name: String, series: [(labels: String, series: Series)])] {
        let byName = Dictionary(grouping: all, by: \.key.name)
        return byName.sorted { $0.key < $1.key }.map { name, series in
            (name, series.map { ($0.key.labels, $0.value) }.sorted { $0.labels < $1.labels })
        }
    }
}
