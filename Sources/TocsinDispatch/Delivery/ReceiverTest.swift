import Logging
import Synchronization
import TocsinAlerts
import TocsinConfiguration
public import TocsinCore
public import TocsinIntegrations

/// Sends a marked notification to a receiver, past all queues, and shows what was asked and answered.
public struct ReceiverTest: Sendable {
    /// What came of it.
    public struct Report: Sendable, Encodable {
        /// One request and its answer.
        public struct Exchange: Sendable, Encodable {
            /// The request as it went over the wire, with secrets masked.
            public let request: String
            /// The status of the answer; `nil` if there was none.
            public let status: Int?
            /// The beginning of the answer's body, with the request's secrets masked; or why there was none.
            public let response: String
        }

        /// What was sent, in its order.
        public let exchanges: [Exchange]
        /// `delivered`, `retry`, `reject`, `disable`, `reauthenticate` or `split`.
        public let verdict: String
        /// The reason as a word that scripts can match; `nil` if it was delivered.
        public let reason: String?
        /// How the vendor calls what was made; `nil` if it did not say.
        public let vendorID: String?

        /// Whether the vendor has taken everything.
        public var isDelivered: Bool { verdict == "delivered" }
    }

    /// The most bytes of an answer that are shown.
    private static let shownBytes = 2048

    private let client: GuardedClient
    private let proxies: EnvironmentProxies
    private let clock: any WallClock
    private let console: @Sendable ([UInt8]) -> Void

    /// Tests through a client.
    ///
    /// - Parameters:
    ///   - client: Somebody else shuts it down.
    ///   - proxies: What the environment said about proxies when the process started.
    ///   - clock: Dates the notification.
    ///   - console: Takes what console receivers print.
    public init(
        client: GuardedClient, proxies: EnvironmentProxies, clock: any WallClock,
        console: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.client = client
        self.proxies = proxies
        self.clock = clock
        self.console = console
    }

    /// Sends a notification of one alert that fires, and, if wanted, one that it has ended.
    public func run(_ receiver: TenantPlan.Receiver, of plan: TenantPlan, resolving: Bool) async -> Report {
        let record = Record()
        let transport = HTTPTransport(
            client: client, environment: proxies, clock: clock)
        let runner = AttemptRunner(
            receiver: receiver, transport: transport, paces: nil, clock: clock, console: console,
            observe: { record.add($0, $1) })
        var ending = await runner.run(
            Delivery(notification(.firing, receiver, plan), now: clock.now()))
        if resolving, case .delivered = ending.outcome {
            let memory = ending.keep ?? VendorMemory()
            ending = await runner.run(
                Delivery(notification(.resolved, receiver, plan), memory: memory, now: clock.now()))
        }
        await transport.clients.shutdown()
        return Report(ending.outcome, exchanges: record.exchanges)
    }

    private func notification(
        _ status: AlertStatus, _ receiver: TenantPlan.Receiver, _ plan: TenantPlan
    ) -> Notification {
        let now = clock.now()
        let labels = LabelSet([
            ("alertname", "TocsinTest"), ("receiver", receiver.configuration.name), ("severity", "info"),
        ])
        let alert = Alert(
            labels: labels,
            annotations: LabelSet([("summary", "This is a test of receiver \(receiver.configuration.name)")]),
            startsAt: now, endsAt: status == .resolved ? now : .unset, updatedAt: now, generatorURL: plan.externalURL,
            timeout: false)
        return Notification(
            id: NotificationID(ReceiverTest.makeID()), tenant: plan.tenant, receiver: receiver.configuration.name,
            groupKey: "{}:{alertname=\"TocsinTest\"}", groupLabels: LabelSet([("alertname", "TocsinTest")]),
            alerts: [NotifiedAlert(alert: alert, status: status)], truncatedAlerts: 0,
            reason: status == .firing ? .firstNotification : .allResolved, externalURL: plan.externalURL,
            createdAt: now, sequence: status == .firing ? 1 : 2)
    }

    /// A UUID of version 4 (RFC 9562): every test is a notification of its own.
    private static func makeID() -> String {
        var digits = Array(
            Hexadecimal.encode(UInt64.random(in: .min ... .max)) + Hexadecimal.encode(UInt64.random(in: .min ... .max)))
        digits[12] = "4"
        digits[16] = ["8", "9", "a", "b"].randomElement() ?? "8"
        for place in [8, 13, 18, 23] { digits.insert("-", at: place) }
        return String(digits)
    }

    /// What was asked and answered.
    private final class Record: Sendable {
        private let list = Mutex<[Report.Exchange]>([])

        var exchanges: [Report.Exchange] { list.withLock { $0 } }

        func add(_ request: DeliveryRequest, _ result: Result<DeliveryResponse, TransportFailure>) {
            let exchange =
                switch result {
                case .success(let response):
                    Report.Exchange(
                        request: request.masked(), status: response.status,
                        response: request.masking(
                            String(decoding: response.body.prefix(ReceiverTest.shownBytes), as: UTF8.self)))
                case .failure(let failure):
                    Report.Exchange(request: request.masked(), status: nil, response: failure.reason.code)
                }
            list.withLock { $0.append(exchange) }
        }
    }
}

extension ReceiverTest.Report {
    fileprivate init(_ outcome: DeliveryOutcome, exchanges: [Exchange]) {
        self.exchanges = exchanges
        var vendorID: String?
        let why: FailureReason?
        switch outcome {
        case .delivered(let id): (verdict, vendorID, why) = ("delivered", id, nil)
        case .retry(_, let reason): (verdict, why) = ("retry", reason)
        case .reject(let reason): (verdict, why) = ("reject", reason)
        case .disable(let reason): (verdict, why) = ("disable", reason)
        case .reauthenticate(let reason): (verdict, why) = ("reauthenticate", reason)
        case .split(let reason): (verdict, why) = ("split", reason)
        }
        self.vendorID = vendorID
        reason = why.map { $0.detail.isEmpty ? $0.code : "\($0.code) \($0.detail)" }
    }
}
