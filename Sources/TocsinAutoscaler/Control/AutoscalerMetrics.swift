public import Metrics

/// The autoscaler's instruments.
public final class AutoscalerMetrics: Sendable {
    private let factory: any MetricsFactory
    private let leader: Gauge
    private let desired: Gauge
    private let running: Gauge
    private let draining: Gauge
    private let undelivered: Gauge
    private let unrouted: Gauge
    private let blocked: Gauge
    private let age: Gauge
    private let arrivals: Gauge
    private let expected: Gauge
    private let service: Gauge
    private let growths: Counter
    private let shrinks: Counter
    let driverErrors: Counter
    let fencedRecords: Counter

    /// Instruments of a factory.
    public init(factory: any MetricsFactory) {
        self.factory = factory
        func gauge(_ name: String) -> Gauge { Gauge(label: name, dimensions: [], factory: factory) }
        func counter(_ name: String, _ dimensions: [(String, String)] = []) -> Counter {
            Counter(label: name, dimensions: dimensions, factory: factory)
        }
        leader = gauge("tocsin_autoscaler_leader")
        desired = gauge("tocsin_autoscaler_desired_workers")
        running = gauge("tocsin_autoscaler_running_workers")
        draining = gauge("tocsin_autoscaler_draining_workers")
        undelivered = gauge("tocsin_backlog_undelivered")
        unrouted = gauge("tocsin_backlog_unrouted")
        blocked = gauge("tocsin_backlog_blocked")
        age = gauge("tocsin_backlog_oldest_age_seconds")
        arrivals = gauge("tocsin_autoscaler_arrivals_per_second")
        expected = gauge("tocsin_autoscaler_expected_per_second")
        service = gauge("tocsin_autoscaler_service_seconds")
        growths = counter("tocsin_autoscaler_changes_total", [("direction", "up")])
        shrinks = counter("tocsin_autoscaler_changes_total", [("direction", "down")])
        driverErrors = counter("tocsin_autoscaler_driver_errors_total")
        fencedRecords = counter("tocsin_autoscaler_fenced_total")
    }

    /// Names and help texts of all instruments.
    public static let help: [(name: String, text: String)] = [
        ("tocsin_autoscaler_leader", "Whether this autoscaler is in charge: 1 or 0."),
        ("tocsin_autoscaler_desired_workers", "How many workers there are to be."),
        ("tocsin_autoscaler_running_workers", "How many workers live and are not on their way out."),
        ("tocsin_autoscaler_draining_workers", "How many workers are on their way out."),
        ("tocsin_autoscaler_needed_workers", "How many workers are needed, by the way in which it is counted."),
        ("tocsin_backlog_undelivered", "Deliveries that a worker could begin now; NaN if it is unknown."),
        ("tocsin_backlog_unrouted", "Alerts that no worker has routed yet; NaN if it is unknown."),
        ("tocsin_backlog_blocked", "Deliveries that wait for a receiver and not for a worker; NaN if it is unknown."),
        ("tocsin_backlog_oldest_age_seconds", "How long the oldest that waits has waited; NaN if it is unknown."),
        ("tocsin_autoscaler_arrivals_per_second", "New deliveries a second, without retries; NaN if it is unknown."),
        ("tocsin_autoscaler_expected_per_second", "New deliveries a second that are expected."),
        ("tocsin_autoscaler_service_seconds", "How long a delivery takes."),
        ("tocsin_autoscaler_changes_total", "Changes of the pool's size, by direction."),
        ("tocsin_autoscaler_evaluations_total", "Decisions, those that change nothing too, by reason."),
        ("tocsin_autoscaler_driver_errors_total", "Times that the platform did not do or say what it was asked."),
        ("tocsin_autoscaler_fenced_total", "Decisions that were refused because another autoscaler is in charge."),
    ]

    func show(isInCharge: Bool) { leader.record(isInCharge ? 1 : 0) }

    func show(_ seen: PoolObservation) {
        func value(_ number: Int?) -> Double { number.map(Double.init) ?? .nan }
        desired.record(seen.desired)
        running.record(seen.running)
        draining.record(seen.draining)
        undelivered.record(value(seen.depth))
        unrouted.record(value(seen.unrouted))
        blocked.record(value(seen.blocked))
        age.record(seen.oldestAgeMilliseconds.map { Double($0) / 1000 } ?? .nan)
        arrivals.record(seen.arrivalRate ?? .nan)
    }

    func show(_ decision: ScalingDecision, isNew: Bool) {
        desired.record(decision.size)
        expected.record(decision.expectedRate)
        service.record(decision.serviceMilliseconds / 1000)
        // Both families have as many series as there are reasons.
        for candidate in decision.candidates {
            Gauge(
                label: "tocsin_autoscaler_needed_workers", dimensions: [("reason", candidate.reason.rawValue)],
                factory: factory
            ).record(candidate.workers)
        }
        Counter(
            label: "tocsin_autoscaler_evaluations_total", dimensions: [("reason", decision.reason.rawValue)],
            factory: factory
        ).increment()
        if isNew { (decision.size > decision.from ? growths : shrinks).increment() }
    }
}
