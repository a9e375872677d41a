import Testing
import TocsinConfiguration
import TocsinTesting

@testable import TocsinAutoscaler

/// A policy as a file has it.
@Suite struct PolicyFileTests {
    @Test func readsEverything() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            """
            autoscaler:
              min: 0
              max: 40
              drain_target: 3s
              slo: 1m
              utilisation: 0.7
              start_time: 20s
              up_step: 2
              down_window: 5m
              down_step: 0.5
              down_period: 30s
              deadband: 0.2
              idle_after: 10m
              worker_rate: 50
              routing_rate: 100
              cpu_target: 1.5
              redis_latency: 20ms
              redis_load: 0.5
              freeze: 30s
              failed_starts: 3
              rule_interval: 1m
              listen: ":9999"
              rules:
                - {metric: cpu_usage, threshold: 80, scale_factor: 1.5}
            """, to: "policy.yaml")
        let (settings, issues) = AutoscalerConfiguration.load(path: path)
        #expect(issues.isEmpty)
        let policy = ScalingPolicy(try #require(settings))
        var expected = ScalingPolicy()
        (expected.minimum, expected.maximum, expected.upStep, expected.failedStarts) = (0, 40, 2, 3)
        (expected.drainTarget, expected.slo, expected.startTime) = (.seconds(3), .seconds(60), .seconds(20))
        (expected.downWindow, expected.downPeriod, expected.idleAfter) = (.seconds(300), .seconds(30), .seconds(600))
        (expected.utilisation, expected.downStep, expected.deadband, expected.cpuTarget) = (0.7, 0.5, 0.2, 1.5)
        (expected.workerRate, expected.routingRate, expected.redisLoad) = (50, 100, 0.5)
        (expected.redisLatency, expected.freeze, expected.ruleInterval) = (
            .milliseconds(20), .seconds(30), .seconds(60)
        )
        expected.rules = [MetricRule(metric: .cpuUsage, threshold: 80, factor: 1.5)]
        #expect(policy == expected)
        #expect(settings?.listen.host == "0.0.0.0" && settings?.listen.port == 9999)
    }

    @Test(arguments: [
        ("min: 5\nmax: 2", "value_invalid"), ("lease: 2s\ninterval: 5s", "value_invalid"),
        ("listen: nowhere", "value_invalid"), ("rules: [{metric: cpu_usage, threshold: 80}]", "value_missing"),
        ("maximum: 3", "setting_unknown"),
    ])
    func refuses(_ text: String, _ code: String) throws {
        let directory = try TemporaryDirectory()
        let (settings, issues) = AutoscalerConfiguration.load(path: try directory.write(text, to: "policy.yaml"))
        #expect(settings == nil && issues.contains { $0.code == code }, "\(issues)")
    }

    @Test func aBoundThatIsGivenMovesTheOther() {
        var settings = AutoscalerConfiguration()
        settings.minimum = 20
        #expect(ScalingPolicy(settings).maximum == 20)
    }
}
