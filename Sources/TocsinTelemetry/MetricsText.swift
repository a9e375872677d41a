/// Writes Prometheus' text format 0.0.4 or OpenMetrics 1.0.0.
///
/// Sources: <https://prometheus.io/docs/instrumenting/exposition_formats/> and
/// <https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md>.
struct MetricsText {
    private let help: [String: String]
    private let isOpenMetrics: Bool
    private var text = ""

    init(help: [String: String], isOpenMetrics: Bool) {
        self.help = help
        self.isOpenMetrics = isOpenMetrics
    }

    var finished: String { isOpenMetrics ? text + "# EOF\n" : text }

    mutating func family(_ name: String, type: String) {
        // OpenMetrics names a counter's family without the suffix that its samples must have.
        let family = isOpenMetrics && type == "counter" && name.hasSuffix("_total") ? String(name.dropLast(6)) : name
        let words = help[name] ?? "Series that were not kept because there are too many."
        text += "# HELP \(family) \(MetricsText.escaped(words, quotes: isOpenMetrics))\n# TYPE \(family) \(type)\n"
    }

    mutating func sample(_ name: String, _ labels: String, _ value: String) {
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    mutating func histogram(_ name: String, _ labels: String, _ histogram: HistogramSeries.Snapshot) {
        let prefix = labels.isEmpty ? "" : labels + ","
        var total: Int64 = 0
        for (index, count) in histogram.counts.enumerated() {
            total += count
            let bound = index < histogram.bounds.count ? MetricsText.number(histogram.bounds[index]) : "+Inf"
            sample(name + "_bucket", prefix + "le=\"\(bound)\"", String(total))
        }
        sample(name + "_sum", labels, MetricsText.number(histogram.sum))
        sample(name + "_count", labels, String(total))
    }

    static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions.sorted { $0.0 < $1.0 }.map { "\($0.0)=\"\(escaped($0.1, quotes: true))\"" }.joined(separator: ",")
    }

    static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var out = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\"" where quotes: out += "\\\""
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }
}
