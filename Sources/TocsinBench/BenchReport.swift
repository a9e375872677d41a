/// Measurements of one or more systems side by side.
public struct BenchReport: Sendable, Hashable, Codable {
    /// One thing that was measured.
    public struct Measurement: Sendable, Hashable, Codable {
        /// What, such as `ingest, batch 64`.
        public var name: String
        /// In which unit, such as `alerts/s`.
        public var unit: String
        /// Whether more is better.
        public var higherIsBetter: Bool
        /// By system; a system for which it was not measured is missing.
        public var values: [String: Double]

        /// One measurement.
        public init(name: String, unit: String, higherIsBetter: Bool, values: [String: Double]) {
            self.name = name
            self.unit = unit
            self.higherIsBetter = higherIsBetter
            self.values = values
        }
    }

    /// What was measured, where and when.
    public var title: String
    /// The systems, the one that the others are compared with last.
    public var systems: [String]
    /// The measurements.
    public var measurements: [Measurement]

    /// A report.
    public init(title: String, systems: [String], measurements: [Measurement] = []) {
        self.title = title
        self.systems = systems
        self.measurements = measurements
    }

    /// Reads a report's JSON.
    ///
    /// - Throws: ``BenchError`` `json_invalid`.
    public init(json: some Sequence<UInt8>) throws {
        self = try BenchJSON.decode(BenchReport.self, from: json)
    }

    /// The report as JSON, keys sorted.
    public func json() throws -> String { try BenchJSON.encode(self) }

    /// The report as an aligned table.
    ///
    /// With two systems a last column says how many times as good the first one is.
    public func table() -> String {
        var header = ["measurement", "unit"] + systems
        if systems.count == 2 { header.append("ratio") }
        let rows = measurements.map { measurement in
            var row = [measurement.name, measurement.unit]
            row += systems.map { measurement.values[$0].map(BenchReport.format) ?? "-" }
            if systems.count == 2 { row.append(ratio(of: measurement).map { BenchReport.format($0) + "x" } ?? "-") }
            return row
        }
        return title + "\n" + TextTable.render([header] + rows, textColumns: 2)
    }

    /// How many times as good the first system is as the last: above 1 it is ahead, whichever way better is.
    public func ratio(of measurement: Measurement) -> Double? {
        guard let first = systems.first, let last = systems.last, let ours = measurement.values[first],
            let theirs = measurement.values[last], ours > 0, theirs > 0
        else { return nil }
        return measurement.higherIsBetter ? ours / theirs : theirs / ours
    }

    /// Three significant digits below 1000, none after the point above.
    static func format(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "-" }
        let places = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2
        let scale = places == 0 ? 1.0 : places == 1 ? 10.0 : 100.0
        let scaled = Int64((abs(value) * scale).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return "\(sign)\(scaled)" }
        let fraction = String(scaled % Int64(scale))
        return "\(sign)\(scaled / Int64(scale))." + String(repeating: "0", count: places - fraction.count) + fraction
    }
}

extension LoadReport {
    /// The report as JSON, keys sorted.
    public func json() throws -> String { try BenchJSON.encode(self) }

    /// The report as an aligned table.
    public func table() -> String {
        var rows = [
            ["run", run], ["complete", isComplete ? "yes" : "no"], ["requests", "\(posts)"], ["alerts", "\(alerts)"],
            ["accepted alerts", "\(acceptedAlerts)"], ["seconds", BenchReport.format(elapsedSeconds)],
            ["alerts/s", BenchReport.format(alertsPerSecond)],
        ]
        rows += statuses.sorted { $0.key < $1.key }.map { ["status \($0.key)", "\($0.value)"] }
        rows += errors.sorted { $0.key < $1.key }.map { ["error \($0.key)", "\($0.value)"] }
        return TextTable.render(rows + latency.rows("answer"), textColumns: 1)
    }
}

extension SinkStats {
    /// The statistics as JSON, keys sorted.
    public func json() throws -> String { try BenchJSON.encode(self) }

    /// The statistics as an aligned table.
    public func table() -> String {
        let rows = [
            ["requests", "\(requests)"], ["refused requests", "\(refusedRequests)"], ["alerts", "\(alerts)"],
            ["firing", "\(firing)"], ["resolved", "\(resolved)"], ["distinct", "\(distinct)"],
            ["duplicates", "\(duplicates)"], ["order violations", "\(orderViolations)"], ["unmarked", "\(unmarked)"],
            ["overflowed", "\(overflowed)"],
        ]
        return TextTable.render(rows + latency.rows("post to webhook"), textColumns: 1)
    }
}

extension LatencySummary {
    fileprivate func rows(_ name: String) -> [[String]] {
        [("p50", p50), ("p95", p95), ("p99", p99), ("max", max)].map { label, value in
            ["\(name) \(label) ms", BenchReport.format(value)]
        }
    }
}
