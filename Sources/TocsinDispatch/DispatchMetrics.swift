public import Metrics
import Synchronization
import TocsinCore

/// The worker's instruments.
///
/// Those with a tenant in them are made once per tenant, receiver type and outcome.
public final class DispatchMetrics: Sendable {
    private struct Key: Hashable {
        let tenant: TenantID
        let integration: String
        let outcome: String
    }

    private let factory: any MetricsFactory
    private struct HealthKey: Hashable {
        let tenant: TenantID
        let receiver: String
    }

    private let requests = Mutex<[Key: Counter]>([:])
    private let healths = Mutex<[HealthKey: Gauge]>([:])
    let routedAlerts: Counter
    let turns: Counter
    let fencedTurns: Counter
    let failedTurns: Counter
    let unrecordedAttempts: Counter
    let deadLetters: Counter
    let handedBack: Counter
    let attemptSeconds: Timer
    let notificationAge: Timer

    /// Instruments of a factory.
    public init(factory: any MetricsFactory) {
        self.factory = factory
        func counter(_ name: String) -> Counter { Counter(label: name, dimensions: [], factory: factory) }
        routedAlerts = counter("tocsin_routed_alerts_total")
        turns = counter("tocsin_turns_total")
        fencedTurns = counter("tocsin_turns_fenced_total")
        failedTurns = counter("tocsin_turns_failed_total")
        unrecordedAttempts = counter("tocsin_attempts_unrecorded_total")
        deadLetters = counter("tocsin_dead_letters_total")
        handedBack = counter("tocsin_notifications_handed_back_total")
        attemptSeconds = Timer(label: "tocsin_delivery_attempt_seconds", dimensions: [], factory: factory)
        notificationAge = Timer(label: "tocsin_notification_age_seconds", dimensions: [], factory: factory)
    }

    /// Names and help texts of all instruments.
    public static let help: [(name: String, text: String)] = [
        ("tocsin_routed_alerts_total", "Alerts that were read from a tenant's stream and routed."),
        ("tocsin_turns_total", "Turns that were committed."),
        ("tocsin_turns_fenced_total", "Turns whose lease had ended before their commit, which changed nothing."),
        ("tocsin_turns_failed_total", "Turns that were given back because of an error."),
        ("tocsin_attempts_unrecorded_total", "Attempts whose end could not be recorded; they are repeated."),
        ("tocsin_dead_letters_total", "Notifications that were given up."),
        ("tocsin_notifications_handed_back_total", "Notifications taken back from workers that died."),
        ("tocsin_delivery_attempt_seconds", "Time that attempts to deliver took."),
        ("tocsin_notification_age_seconds", "Age of notifications when they are attempted, since they were made."),
        (
            "alertmanager_receiver_health",
            "Whether a receiver works, by tenant and receiver: 1 if this worker's last attempt did not fail, 0 if it did."
        ),
        ("alertmanager_integration_requests_total", "Attempts to deliver, by tenant, receiver type and outcome."),
    ]

    func health(tenant: TenantID, receiver: String, integration: String, isHealthy: Bool) {
        let key = HealthKey(tenant: tenant, receiver: receiver)
        let gauge = healths.withLock { known in
            if let gauge = known[key] { return gauge }
            let gauge = Gauge(
                label: "alertmanager_receiver_health",
                dimensions: [("tenant", tenant.name), ("receiver", receiver), ("integration", integration)],
                factory: factory)
            known[key] = gauge
            return gauge
        }
        gauge.record(isHealthy ? 1 : 0)
    }

    func attempt(tenant: TenantID, integration: String, outcome: String, took: Duration, age: Duration) {
        let key = Key(tenant: tenant, integration: integration, outcome: outcome)
        let counter = requests.withLock { known in
            if let counter = known[key] { return counter }
            let counter = Counter(
                label: "alertmanager_integration_requests_total",
                dimensions: [("tenant", tenant.name), ("integration", integration), ("outcome", outcome)],
                factory: factory)
            known[key] = counter
            return counter
        }
        counter.increment()
        attemptSeconds.recordNanoseconds(took.milliseconds * 1_000_000)
        notificationAge.recordNanoseconds(max(0, age.milliseconds) * 1_000_000)
    }
}
