import Synchronization
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations
import TocsinRouting
import TocsinSealing
import TocsinStreams
import TocsinTesting

@testable import TocsinDispatch

/// Takes so many alerts at once, and remembers of each notification how many there were.
private struct Narrow: Integration {
    let most: Int
    /// The size of a part, in alerts, at which the vendor fails for a while.
    var failing = 0

    func request(for notification: Notification, attempt: Int, now: Timestamp) -> DeliveryRequest {
        DeliveryRequest(
            destination: .console, url: Secret(""), headers: [], body: Array("\(notification.alerts.count)".utf8))
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome { .delivered(vendorID: nil) }

    func next(_ delivery: Delivery) throws -> DeliveryStep {
        let count = delivery.notification.alerts.count
        if count > most { return .end(.split(reason: FailureReason("http_413")), keep: nil) }
        if count == failing { return .end(.retry(after: nil, reason: .rateLimited), keep: nil) }
        if delivery.exchanges.isEmpty {
            return .send(request(for: delivery.notification, attempt: 1, now: delivery.now), step: "send")
        }
        var memory = delivery.memory
        memory["names"] = (memory["names"] ?? "") + " " + delivery.notification.id.text
        memory["told"] = "\((memory["told"].flatMap { Int($0) } ?? 0) + count)"
        return .end(.delivered(vendorID: nil), keep: memory)
    }
}

@Suite("Attempts")
struct AttemptRunnerTests {
    private let now = Timestamp(milliseconds: 1_800_000_000_000)

    private func run(_ integration: Narrow, alerts: Int) async throws -> (AttemptRunner.Ending, parts: [Int]) {
        let directory = try TemporaryDirectory()
        try directory.write("acme: {receivers: [{name: c, channel_type: console}]}", to: "receivers.yaml")
        let main = try directory.write("", to: "tocsin.yaml")
        let (configuration, issues) = ConfigurationLoader.load(path: main, environment: [:])
        let settings = try #require(configuration?.tenants.values.first?.receivers.first, "\(issues)")
        let receiver = TenantPlan.Receiver(
            configuration: settings, integration: integration,
            flush: FlushReceiver(name: "c", sendResolved: true, minimumSeverity: nil),
            messageRules: MaskingPolicy([]), limits: ReceiverLimits(concurrency: 1))
        let list = (0..<alerts).map { number in
            NotifiedAlert(
                alert: Alert(
                    labels: LabelSet([("n", "\(number)")]), annotations: LabelSet(), startsAt: now, endsAt: .unset,
                    updatedAt: now, generatorURL: "", timeout: false), status: .firing)
        }
        let notification = Notification(
            id: NotificationID("1"), tenant: try #require(TenantID("acme")), receiver: "c", groupKey: "{}:{}",
            groupLabels: LabelSet(), alerts: list, truncatedAlerts: 0, reason: .firstNotification, externalURL: "",
            createdAt: now, sequence: 1)
        let printed = Printed()
        let ending = try await withTransport { transport in
            await AttemptRunner(
                receiver: receiver, transport: transport, paces: nil, clock: ManualClock(),
                console: { printed.add(Int(String(decoding: $0, as: UTF8.self)) ?? -1) }
            ).run(Delivery(notification, now: now))
        }
        return (ending, printed.all)
    }

    @Test("What is too large is told in halves, and what was kept goes from one to the next")
    func split() async throws {
        let (ending, parts) = try await run(Narrow(most: 3), alerts: 10)
        #expect(parts == [2, 3, 2, 3])
        #expect(ending.outcome == .delivered(vendorID: nil) && ending.keep?["told"] == "10")
        // A receiver that drops what comes twice must take each part.
        #expect(ending.keep?["names"] == " 1-1-1 1-1-2 1-2-1 1-2-2")
    }

    @Test("A half that fails ends the attempt, and what came before it is kept")
    func failingHalf() async throws {
        let (ending, parts) = try await run(Narrow(most: 3, failing: 3), alerts: 10)
        #expect(parts == [2])
        #expect(ending.outcome == .retry(after: nil, reason: .rateLimited) && ending.keep?["told"] == "2")
    }

    @Test("A single alert that is too large ends it, and so do more parts than an attempt may have")
    func bounds() async throws {
        let one = try await run(Narrow(most: 0), alerts: 1)
        #expect(one.0.outcome == .split(reason: FailureReason("http_413")) && one.parts.isEmpty)
        let many = try await run(Narrow(most: 1), alerts: 1100)
        #expect(many.parts.count == 1000)
        #expect(many.0.outcome == .reject(reason: FailureReason("too_many_requests")))
    }
}

/// What a console receiver printed.
private final class Printed: Sendable {
    private let list = Mutex<[Int]>([])

    var all: [Int] { list.withLock { $0 } }

    func add(_ number: Int) { list.withLock { $0.append(number) } }
}
