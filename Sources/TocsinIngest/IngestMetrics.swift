public import Metrics
import Synchronization
import TocsinCore

/// The door's instruments, made once: none is looked up by name while a request is served.
public final class IngestMetrics: Sendable {
    /// The alerts of one tenant by what became of them.
    struct Alerts: Sendable {
        let accepted: Counter
        let rejected: Counter
        let limited: Counter
        /// Texts of alerts in which something was masked.
        let masked: Counter
    }

    private static let classes = ["1xx", "2xx", "3xx", "4xx", "5xx"]

    private let factory: any MetricsFactory
    private let tenants = Mutex<[TenantID: Alerts]>([:])
    /// By route and status class; made when first used, because most combinations never are.
    private let requestSeconds: Mutex<[Timer?]>
    private let bodyBytes: Recorder

    /// Instruments of a factory.
    public init(factory: any MetricsFactory) {
        self.factory = factory
        requestSeconds = Mutex(Array(repeating: nil, count: IngestRoute.allCases.count * Self.classes.count))
        bodyBytes = Recorder(label: "tocsin_ingest_body_bytes", dimensions: [], aggregate: true, factory: factory)
    }

    /// Names and help texts of all instruments.
    public static let help: [(name: String, text: String)] = [
        ("alertmanager_alerts_total", "Alerts that senders posted, by tenant and what became of them at the door."),
        ("tocsin_masked_texts_total", "Labels, annotations and addresses of alerts in which something was masked."),
        ("tocsin_ingest_request_seconds", "Time from a request's head to its answer, by route and status class."),
        ("tocsin_ingest_body_bytes", "Size of the alert batches that were read."),
    ]

    /// The instruments of a tenant that is configured; others must not get any, for a caller could make them up.
    func alerts(of tenant: TenantID) -> Alerts {
        tenants.withLock { tenants in
            if let known = tenants[tenant] { return known }
            let made = Alerts(
                accepted: counter(tenant, "accepted"), rejected: counter(tenant, "rejected"),
                limited: counter(tenant, "limited"),
                masked: Counter(
                    label: "tocsin_masked_texts_total", dimensions: [("tenant", tenant.name)], factory: factory))
            tenants[tenant] = made
            return made
        }
    }

    private func counter(_ tenant: TenantID, _ outcome: String) -> Counter {
        Counter(
            label: "alertmanager_alerts_total", dimensions: [("tenant", tenant.name), ("outcome", outcome)],
            factory: factory)
    }

    func request(_ route: IngestRoute, status: Int, took: Duration) {
        let (seconds, attoseconds) = took.components
        timer(route, status: status).recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    private func timer(_ route: IngestRoute, status: Int) -> Timer {
        let row = min(max(status / 100 - 1, 0), Self.classes.count - 1)
        let index = route.rawValue * Self.classes.count + row
        return requestSeconds.withLock { timers in
            if let timer = timers[index] { return timer }
            let made = Timer(
                label: "tocsin_ingest_request_seconds",
                dimensions: [("route", route.label), ("status", Self.classes[row])], factory: factory)
            timers[index] = made
            return made
        }
    }

    func body(bytes: Int) { bodyBytes.record(bytes) }
}
