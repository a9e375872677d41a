import Foundation
import TocsinCore

/// What the section `autoscaler` of `tocsin.yaml` says; what it leaves out is at the autoscaler's own defaults.
public struct AutoscalerConfiguration: Sendable {
    /// A rule: above a threshold the pool is made larger by a factor.
    public struct Rule: Sendable, Hashable {
        /// What a rule may look at.
        public enum Metric: String, Sendable, CaseIterable {
            case cpuUsage = "cpu_usage"
            case memoryUsage = "memory_usage"
            case queueDepth = "queue_depth"
            case oldestAge = "oldest_age"
            case arrivalRate = "arrival_rate"
            case slotUsage = "slot_usage"
        }

        /// What it looks at.
        public var metric: Metric
        /// Above which value it holds.
        public var threshold: Double
        /// By what the number of workers is multiplied.
        public var scaleFactor: Double
    }

    /// Where it listens.
    public var listen: (host: String, port: Int) = ("127.0.0.1", 9095)
    /// How often it looks.
    public var interval: Duration = .seconds(1)
    /// How long it is in charge without saying so anew.
    public var lease: Duration = .seconds(5)
    /// The fewest workers.
    public var minimum: Int?
    /// The most workers.
    public var maximum: Int?
    /// In what time a backlog is to be gone.
    public var drainTarget: Duration?
    /// How long a delivery may wait for a worker.
    public var slo: Duration?
    /// What part of a worker's capacity the steady load may take.
    public var utilisation: Double?
    /// How long a worker takes to start.
    public var startTime: Duration?
    /// How many workers may be added at once.
    public var upStep: Int?
    /// For how long the largest need counts.
    public var downWindow: Duration?
    /// What part of the pool may go at once.
    public var downStep: Double?
    /// How far apart such steps are.
    public var downPeriod: Duration?
    /// By what part the need must differ from the size.
    public var deadband: Double?
    /// How long a pool is idle before its last worker goes.
    public var idleAfter: Duration?
    /// Deliveries a second of one worker at best.
    public var workerRate: Double?
    /// Alerts a second that one worker routes.
    public var routingRate: Double?
    /// The part of a core that a worker should use.
    public var cpuTarget: Double?
    /// Above which answer time of Redis the pool does not grow.
    public var redisLatency: Duration?
    /// Above which part of a core that Redis uses the pool does not grow.
    public var redisLoad: Double?
    /// How long nothing changes after another Redis server has taken over.
    public var freeze: Duration?
    /// How many starts may fail in a minute.
    public var failedStarts: Int?
    /// How long a rule waits for its effect.
    public var ruleInterval: Duration?
    /// Rules of the operator's.
    public var rules: [Rule] = []
    /// The Deployment of the driver `kubernetes`.
    public var kubernetes = KubernetesPool()
    /// The containers of the driver `container`; `nil` if there are none.
    public var container: ContainerPoolSettings?

    /// A configuration that says nothing.
    public init() {}
}

extension AutoscalerConfiguration {
    /// Reads a file with these settings, alone or in a section `autoscaler`.
    ///
    /// - Returns: The settings, or `nil` if there is an error among the issues.
    public static func load(path: String) -> (settings: AutoscalerConfiguration?, issues: [ConfigurationIssue]) {
        let issues = IssueCollector()
        let start = SourceLocation(file: path, line: 1, column: 1)
        guard let data = FileManager.default.contents(atPath: path), let text = String(bytes: data, encoding: .utf8)
        else {
            issues.add(
                .init(
                    severity: .error, code: "file_unreadable", location: start, path: "",
                    message: "the file cannot be read as text: is it there, and may you read it?"))
            return (nil, issues.issues)
        }
        guard let node = ConfigurationNode.parse(text, file: path, issues: issues) else { return (nil, issues.issues) }
        let secrets = SecretSource(
            environment: [:], baseDirectory: URL(fileURLWithPath: path).deletingLastPathComponent().path)
        let whole = MappingReader(node, path: "", issues: issues, environment: secrets)
        let settings = AutoscalerConfiguration(whole.has("autoscaler") ? whole.mapping("autoscaler") : whole)
        return (issues.hasErrors ? nil : settings, issues.issues)
    }

    init(_ reader: MappingReader) {
        if let text = reader.string("listen") {
            if let address = ServerConfiguration.address(text) {
                listen = address
            } else {
                reader.report("value_invalid", "expected an address such as 127.0.0.1:9095", name: "listen")
            }
        }
        interval = reader.duration("interval", in: .milliseconds(100)...(.seconds(60))) ?? interval
        lease = reader.duration("lease", in: .seconds(2)...(.seconds(60))) ?? lease
        if lease < interval * 2 {
            reader.report(
                "value_invalid", "must be twice the interval at least, or nobody stays in charge", name: "lease")
        }
        readBounds(reader)
        readPace(reader)
        rules = reader.mappings("rules").compactMap(Self.rule)
        if reader.has("kubernetes") { kubernetes = KubernetesPool(reader.mapping("kubernetes")) }
        if reader.has("container") { container = ContainerPoolSettings(reader.mapping("container")) }
        reader.finish()
    }

    private mutating func readBounds(_ reader: MappingReader) {
        minimum = reader.int("min", in: 0...10_000)
        maximum = reader.int("max", in: 1...10_000)
        if let minimum, let maximum, minimum > maximum {
            reader.report("value_invalid", "must not be more than max", name: "min")
        }
        drainTarget = reader.duration("drain_target", in: .milliseconds(100)...(.seconds(3600)))
        slo = reader.duration("slo", in: .milliseconds(100)...(.seconds(86_400)))
        utilisation = reader.double("utilisation", in: 0.1...1)
        cpuTarget = reader.double("cpu_target", in: 0.05...64)
        workerRate = reader.double("worker_rate", in: 0.01...1_000_000)
        routingRate = reader.double("routing_rate", in: 1...10_000_000)
        redisLatency = reader.duration("redis_latency", in: .milliseconds(1)...(.seconds(60)))
        redisLoad = reader.double("redis_load", in: 0.05...64)
    }

    private mutating func readPace(_ reader: MappingReader) {
        startTime = reader.duration("start_time", in: .zero...(.seconds(3600)))
        upStep = reader.int("up_step", in: 1...10_000)
        downWindow = reader.duration("down_window", in: .seconds(1)...(.seconds(86_400)))
        downStep = reader.double("down_step", in: 0.01...1)
        downPeriod = reader.duration("down_period", in: .zero...(.seconds(3600)))
        deadband = reader.double("deadband", in: 0...0.9)
        idleAfter = reader.duration("idle_after", in: .seconds(1)...(.seconds(86_400)))
        freeze = reader.duration("freeze", in: .zero...(.seconds(3600)))
        failedStarts = reader.int("failed_starts", in: 1...10_000)
        ruleInterval = reader.duration("rule_interval", in: .seconds(1)...(.seconds(3600)))
    }

    private static func rule(_ reader: MappingReader) -> Rule? {
        let metric = reader.oneOf("metric", Rule.Metric.self)
        let threshold = reader.double("threshold", in: 0...1_000_000_000_000)
        let factor = reader.double("scale_factor", in: 1...100)
        reader.finish()
        guard let metric, let threshold, let factor else {
            reader.report("value_missing", "a rule has a metric, a threshold and a scale_factor")
            return nil
        }
        return Rule(metric: metric, threshold: threshold, scaleFactor: factor)
    }
}
