import Foundation
import Testing
import TocsinAlerts
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@Suite("Amazon EventBridge")
struct EventBridgeTests {
    private static let keys = "sigv4: {region: eu-central-1, access_key: A, secret_key: s}"

    private func walk(
        _ settings: String, _ notification: TocsinAlerts.Notification, memory: VendorMemory = VendorMemory(),
        _ answers: DeliveryResponse...
    ) throws -> Walk {
        try Walk(
            MadeIntegration.make("eventbridge", "{\(settings)\(EventBridgeTests.keys)}"),
            MadeIntegration.delivery(notification, memory: memory), answers: answers)
    }

    private func answer(_ codes: String?...) -> DeliveryResponse {
        let entries = codes.map { code in
            code.map { #"{"ErrorCode":"\#($0)","ErrorMessage":"m"}"# } ?? #"{"EventId":"e-1"}"#
        }
        return .answer(
            200,
            #"{"FailedEntryCount":\#(codes.compactMap(\.self).count),"Entries":[\#(entries.joined(separator: ","))]}"#)
    }

    private func details(_ request: DeliveryRequest) throws -> [[String: Any]] {
        try (request.json()["Entries"]?.array ?? []).map { entry in
            let data = Data((entry["Detail"]?.string ?? "").utf8)
            return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        }
    }

    @Test("Every request is one that EventBridge takes", arguments: 1...8 as ClosedRange<UInt64>)
    func generated(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let notification = try GeneratedNotification.make(&random)
        for settings in [
            "", "per_alert: true, source: s, detail_type: '{{ .Receiver }}', event_bus: b, resources: ['arn:x'], ",
        ] {
            let made = try MadeIntegration.make("eventbridge", "{\(settings)\(EventBridgeTests.keys)}")
            let ok = Array(repeating: DeliveryResponse.answer(200, #"{"FailedEntryCount":0,"Entries":[]}"#), count: 200)
            let walk = try Walk(made, MadeIntegration.delivery(notification), answers: ok)
            for request in walk.requests {
                #expect(try Contract.violations("aws-eventbridge", request.body).isEmpty, "seed \(seed) \(settings)")
            }
            // What is too large for one event is told in parts.
            if case .split? = walk.outcome {
                #expect(settings.isEmpty && notification.alerts.count > 1, "seed \(seed)")
            } else {
                #expect(walk.outcome == .delivered(vendorID: nil), "seed \(seed)")
                if !settings.isEmpty {
                    #expect(try walk.requests.map { try details($0).count }.reduce(0, +) == notification.alerts.count)
                }
            }
        }
    }

    @Test("A request has what boto3's has, and what rules ask for")
    func golden() throws {
        let golden = JSONValue(
            try JSONSerialization.jsonObject(with: Contract.data("goldens/aws-eventbridge-putevents.json")))
        let request = try #require(try walk("event_bus: alerts, ", MadeIntegration.notification()).requests.first)
        let sent = try #require(golden["body_json"]?["Entries"]?[0]?.object)
        let entry = try #require(try request.json()["Entries"]?[0]?.object)
        for name in ["Source", "DetailType", "EventBusName"] { #expect(entry[name] == sent[name]) }
        #expect(Set(entry.keys) == Set(sent.keys).union(["Time"]))
        for pair in try #require(golden["headers"]?.array).prefix(3).dropFirst() {
            #expect(request.header(pair[0]?.string ?? "") == pair[1]?.string)
        }
        #expect(request.url.reveal() == "https://events.eu-central-1.amazonaws.com/")
        let detail = try #require(try details(request).first)
        #expect(detail["version"] as? String == "4" && detail["status"] as? String == "firing")
    }

    @Test("Each alert may be an event of its own, and says whether it ended")
    func perAlert() throws {
        let walk = try walk(
            "per_alert: true, ", MadeIntegration.notification(count: 12, status: .resolved), answer(nil))
        #expect(walk.requests.count == 2)
        #expect(try walk.requests.map { try details($0).count } == [10, 2])
        #expect(try walk.requests.first?.json()["Entries"]?[0]?["DetailType"]?.string == "Alert Resolved")
        let detail = try #require(try details(walk.requests[0]).first)
        #expect(detail["fingerprint"] != nil && detail["groupKey"] as? String == #"{}:{alertname="Disk"}"#)
    }

    @Test("Only the events that were refused are sent again, in the next attempt")
    func left() throws {
        let notification = try MadeIntegration.notification(count: 3)
        let first = try walk("per_alert: true, ", notification, answer(nil, "ThrottlingException", "InternalFailure"))
        #expect(first.outcome == .retry(after: nil, reason: .rateLimited))
        let all = try details(first.requests[0]).compactMap { $0["fingerprint"] as? String }
        let kept = try #require(first.keep)
        let second = try walk("per_alert: true, ", notification, memory: kept, answer(nil, nil))
        #expect(try details(second.requests[0]).compactMap { $0["fingerprint"] as? String } == Array(all.dropFirst()))
        #expect(second.outcome == .delivered(vendorID: nil) && second.keep == VendorMemory())
        // A later notification of the group is another matter.
        let later = try walk("per_alert: true, ", notification.part(1, telling: notification.alerts), memory: kept)
        #expect(try details(later.requests[0]).count == 3)
    }

    @Test("One event that is refused for good does not hide that another may succeed later")
    func mixed() throws {
        let notification = try MadeIntegration.notification(count: 2)
        let walk = try walk("per_alert: true, ", notification, answer("MalformedDetail", "ThrottlingException"))
        #expect(walk.outcome == .retry(after: nil, reason: .rateLimited))
        let alone = try self.walk("per_alert: true, ", notification, answer(nil, "MalformedDetail"))
        #expect(alone.outcome == .reject(reason: FailureReason("aws_error", detail: "MalformedDetail")))
    }
}
