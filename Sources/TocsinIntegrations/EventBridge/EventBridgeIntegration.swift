import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Puts events on a bus of Amazon EventBridge.
///
/// Settings: `sigv4`, `event_bus` (a name or an ARN; the account's default bus without it), `source`, `detail_type` (a
/// template), `resources`, `per_alert`, `payload`, `api_url`.
///
/// Sources: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>;
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html> for what counts as an entry's size.
struct EventBridgeIntegration: EventSender {
    // The vendor's limits: entries of a request, bytes of all of them, characters of the type.
    private static let maximumEntries = 10
    private static let maximumBytes = 256 * 1024 - 1
    private static let maximumTypeLength = 128
    /// What an entry's time counts as.
    private static let timeBytes = 14

    private let aws: AWSSettings
    private let address: Secret
    private let bus: String?
    private let source: String
    private let detailType: MessageTemplate?
    private let resources: [String]
    private let events: AlertEvents
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        events = AlertEvents(context)
        bus = reader.string("event_bus").flatMap { $0.isEmpty ? nil : $0 }
        source = reader.string("source").flatMap { $0.isEmpty ? nil : $0 } ?? "tocsin"
        if source.hasPrefix("aws.") || source.utf8.count > 256 {
            reader.report(
                "value_invalid", "'source' is at most 256 characters long and does not begin with 'aws.'",
                name: "source")
        }
        detailType = reader.has("detail_type") ? context.text("detail_type") : nil
        resources = reader.stringList("resources") ?? []
        let address = reader.has("api_url") ? reader.url("api_url") : nil
        guard let aws = AWSSettings(reader.mapping("sigv4")) else { return nil }
        self.aws = aws
        self.address = address ?? Secret(aws.address("events"))
    }

    /// What an entry has besides its data.
    private func overhead() -> Int {
        source.utf8.count + EventBridgeIntegration.maximumTypeLength * 4 + EventBridgeIntegration.timeBytes
            + resources.map(\.utf8.count).reduce(0, +)
    }

    func batches(of notification: TocsinAlerts.Notification, now: Timestamp) throws -> [[AlertEvent]] {
        let limit = EventBridgeIntegration.maximumBytes - overhead()
        return try events.events(of: notification, now: now, limit: limit).parts(
            count: EventBridgeIntegration.maximumEntries, bytes: EventBridgeIntegration.maximumBytes
        ) { $0.data.count + overhead() }
    }

    func request(
        with events: [AlertEvent], of notification: TocsinAlerts.Notification, now: Timestamp
    ) throws -> DeliveryRequest { try request(with: events, of: notification, now: now, ahead: .zero) }

    private func request(
        with events: [AlertEvent], of notification: TocsinAlerts.Notification, now: Timestamp, ahead: Duration
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let named = try detailType.map { try render($0) } ?? ""
        var writer = JSONWriter()
        writer.object { writer in
            writer.name("Entries")
            writer.array { writer in
                for event in events {
                    write(
                        event, type: named.isEmpty ? "Alert " + event.status.rawValue.capitalized : named, to: &writer)
                }
            }
        }
        var request = http.request(
            to: address,
            headers: [
                .init("X-Amz-Target", Secret("AWSEvents.PutEvents"), isSecret: false),
                .init("Content-Type", Secret("application/x-amz-json-1.1"), isSecret: false),
            ], body: writer.bytes)
        aws.authorize(&request, for: "events", now: now, ahead: ahead)
        return request
    }

    private func write(_ event: AlertEvent, type: String, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("Time", event.time.milliseconds / 1000)
            writer.member("Source", source)
            writer.memberUnlessEmpty("Resources", resources)
            writer.member(
                "DetailType", Truncation.characters(type, limit: EventBridgeIntegration.maximumTypeLength))
            writer.member("Detail", String(decoding: event.data, as: UTF8.self))
            if let bus { writer.member("EventBusName", bus) }
        }
    }

    // MARK: Answers

    /// The name under which it is kept which events of a notification are still to be told.
    private static let leftName = "left"

    /// Tells the events that no earlier attempt could, and keeps which of them are still left.
    func next(_ delivery: Delivery) throws -> DeliveryStep {
        let all: [[AlertEvent]]
        do {
            all = try batches(of: delivery.notification, now: delivery.now)
        } catch is AlertEvents.TooLarge {
            return .end(.split(reason: FailureReason("too_large")), keep: nil)
        }
        let wanted = left(in: delivery.memory, of: delivery.notification)
        let parts = all.map { part in part.filter { wanted?.contains($0.id) ?? true } }.filter { !$0.isEmpty }
        var exchanges = delivery.exchanges[...]
        var ahead = Duration.zero
        if let first = exchanges.first,
            let difference = AWSAnswer.clockDifference(first.response, now: delivery.now)
        {
            // A clock that is wrong is no reason to lose an alert: the service says what time it is.
            ahead = difference
            exchanges = exchanges.dropFirst()
        }
        var failed: [AlertEvent] = []
        var worst: DeliveryOutcome?
        for (index, exchange) in exchanges.enumerated() where index < parts.count {
            let entries = EventBridgeIntegration.failures(exchange.response)
            failed += entries.map(\.index).filter(parts[index].indices.contains).map { parts[index][$0] }
            let outcome = outcome(of: exchange.response, now: delivery.now)
            if case .delivered = outcome { continue }
            worst = EventBridgeIntegration.better(worst, outcome)
            guard !(200..<300).contains(exchange.response.status) else { continue }
            let rest = failed + parts[index...].joined()
            return .end(outcome, keep: memory(delivery, left: rest))
        }
        guard exchanges.count >= parts.count else {
            let request = try request(
                with: parts[exchanges.count], of: delivery.notification, now: delivery.now, ahead: ahead)
            return .send(request, step: "send")
        }
        return .end(worst ?? .delivered(vendorID: nil), keep: memory(delivery, left: failed))
    }

    /// Whatever may succeed later is tried later, before anything is given up.
    private static func better(_ first: DeliveryOutcome?, _ second: DeliveryOutcome) -> DeliveryOutcome {
        if case .retry? = first { return first ?? second }
        if case .retry = second { return second }
        return first ?? second
    }

    private func left(in memory: VendorMemory, of notification: TocsinAlerts.Notification) -> Set<String>? {
        guard let text = memory[EventBridgeIntegration.leftName] else { return nil }
        let words = text.split(separator: " ").map(String.init)
        guard words.first == notification.id.text else { return nil }
        return Set(words.dropFirst().map { notification.id.text + "-" + $0 })
    }

    /// Keeps which events are left, `nil` where nothing changes.
    ///
    /// What is too long to keep is told again as a whole.
    private func memory(_ delivery: Delivery, left: [AlertEvent]) -> VendorMemory? {
        var memory = delivery.memory
        let id = delivery.notification.id.text
        let words = left.map { String($0.id.dropFirst(id.count + 1)) }
        memory[EventBridgeIntegration.leftName] = nil
        if !left.isEmpty, events.isPerAlert {
            memory[EventBridgeIntegration.leftName] = ([id] + words).joined(separator: " ")
        }
        return memory == delivery.memory ? nil : memory
    }

    /// The entries that were refused, and why.
    private static func failures(_ response: DeliveryResponse) -> [(index: Int, code: String)] {
        let members = (try? JSONSerialization.jsonObject(with: Data(response.body))) as? [String: Any] ?? [:]
        let entries = members["Entries"] as? [[String: Any]] ?? []
        return entries.enumerated().compactMap { index, entry in
            (entry["ErrorCode"] as? String).map { (index, AWSAnswer.word($0)) }
        }
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        if let outcome = AWSAnswer.common(response, now: now) { return outcome }
        let members = (try? JSONSerialization.jsonObject(with: Data(response.body))) as? [String: Any]
        guard let count = members?["FailedEntryCount"] as? Int else {
            return .retry(after: nil, reason: .invalidResponse)
        }
        let codes = EventBridgeIntegration.failures(response).map(\.code)
        guard count > 0 || !codes.isEmpty else {
            let first = (members?["Entries"] as? [[String: Any]])?.first?["EventId"] as? String
            return .delivered(vendorID: first.map(AWSAnswer.word))
        }
        let outcomes = codes.map { code -> DeliveryOutcome in
            let reason = FailureReason("aws_error", detail: code)
            switch code {
            case "ThrottlingException": return .retry(after: nil, reason: .rateLimited)
            case "InternalFailure", "InternalException", "ConcurrentModificationException",
                "OperationDisabledException":
                return .retry(after: nil, reason: reason)
            case _ where code.hasPrefix("NotAuthorizedFor"), "AccessDeniedException":
                return .reauthenticate(reason: reason)
            default: return .reject(reason: reason)
            }
        }
        return outcomes.dropFirst().reduce(outcomes.first ?? .retry(after: nil, reason: .invalidResponse)) {
            EventBridgeIntegration.better($0, $1)
        }
    }
}
