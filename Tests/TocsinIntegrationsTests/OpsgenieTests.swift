import Foundation
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

@testable import TocsinIntegrations

@Suite("Opsgenie and Jira Service Management")
struct OpsgenieTests {
    private static let accepted = DeliveryResponse.answer(
        202, #"{"result": "Request will be processed", "took": 0.3, "requestId": "r1"}"#)

    private func walk(_ delivery: Delivery, _ more: String = "", answers: DeliveryResponse...) throws -> Walk {
        try Walk(MadeIntegration.make("opsgenie", "{api_key: key\(more)}"), delivery, answers: answers)
    }

    private func end(_ memory: VendorMemory? = nil) throws -> Delivery {
        try TestReceiver.delivery(.allResolved, status: .resolved, memory: memory)
    }

    @Test("An alert is created, changed while it is open, and closed by its alias")
    func life() throws {
        let ok = OpsgenieTests.accepted
        let begin = try walk(TestReceiver.delivery(), answers: ok)
        #expect(begin.steps == ["create"] && begin.outcome == .delivered(vendorID: "r1"))
        let create = try #require(begin.requests.first)
        #expect(create.line == "POST https://api.opsgenie.com/v2/alerts")
        #expect(create.header("Authorization") == "GenieKey key")
        let alias = try #require(try create.json()["alias"]?.string)

        let more = try walk(TestReceiver.delivery(.newAlerts, memory: begin.keep), answers: ok, ok, ok, ok)
        #expect(more.steps == ["create", "update message", "update description", "update priority"])
        #expect(
            more.requests.dropFirst().map(\.line)
                == ["message", "description", "priority"].map {
                    "PUT https://api.opsgenie.com/v2/alerts/\(alias)/\($0)?identifierType=alias"
                })
        #expect(try more.requests[3].json() == ["priority": .string("P1")])
        #expect(more.outcome == .delivered(vendorID: "r1"))

        let end = try walk(try end(more.keep), answers: ok)
        #expect(
            end.requests.map(\.line) == ["POST https://api.opsgenie.com/v2/alerts/\(alias)/close?identifierType=alias"])
        #expect(try Contract.violations("opsgenie-close", end.requests[0].body).isEmpty)
        #expect(end.keep == VendorMemory())
    }

    @Test("An alert says what, how bad, and whom to call")
    func alert() throws {
        let more = """
            , responders: [{name: platform, type: team}, {name: 'a,b', type: teams}], tags: 'x,{{ .Status }}', \
            details: {runs: 'on {{ .CommonLabels.team }}'}, entity: e, note: n, actions: 'one,two'
            """
        let body = try walk(TestReceiver.delivery(summary: "94 % full"), more).requests[0].json()
        #expect(body["message"]?.string == "[FIRING:2] Disk (critical): 94 % full")
        #expect(body["priority"]?.string == "P1" && body["source"]?.string == "Tocsin")
        #expect(body["tags"]?.array?.compactMap(\.string) == ["x", "firing", "critical", "acme"])
        #expect(body["responders"]?.array?.map { $0["name"]?.string } == ["platform", "a", "b"])
        #expect(body["details"]?["runs"]?.string == "on db" && body["details"]?["team"]?.string == "db")
        #expect(body["entity"]?.string == "e" && body["note"]?.string == "n")
        #expect(body["actions"]?.array?.count == 2)
        #expect(body["description"]?.string?.contains("🔥 94 % full") == true)
    }

    @Test("A priority is one of the vendor's, or that of the severity", arguments: [("P4", "P4"), ("urgent", "P1")])
    func priority(wanted: String, expected: String) throws {
        #expect(
            try walk(TestReceiver.delivery(), ", priority: \(wanted)").requests[0].json()["priority"]
                == .string(expected))
    }

    @Test(
        "There is one host for each region, and one for Jira Service Management",
        arguments: [
            ("opsgenie", "", "https://api.opsgenie.com/v2/alerts"),
            ("opsgenie", ", region: eu", "https://api.eu.opsgenie.com/v2/alerts"),
            ("opsgenie", ", region: eu, api_url: 'https://o.example'", "https://o.example/v2/alerts"),
            ("jsm", "", "https://api.atlassian.com/jsm/ops/integration/v2/alerts"),
        ])
    func address(kind: String, more: String, address: String) throws {
        let made = try MadeIntegration.make(kind, "{api_key: k\(more)}")
        let request = try made.request(for: TestReceiver.notification(), attempt: 1, now: TestReceiver.now)
        #expect(request.url.reveal() == address)
        #expect(try MadeIntegration.makeWithIssues("jsm", "{api_key: k, region: eu}").made == nil)
    }

    @Test("What is gone needs no closing and no change", arguments: [404, 409])
    func gone(status: Int) throws {
        #expect(try walk(end(), answers: .answer(status)).outcome == .delivered(vendorID: nil))
        let open = try walk(TestReceiver.delivery(), answers: OpsgenieTests.accepted).keep
        let no = DeliveryResponse.answer(status)
        let more = try walk(
            TestReceiver.delivery(.newAlerts, memory: open), answers: OpsgenieTests.accepted, no, no, no)
        #expect(more.outcome == .delivered(vendorID: "r1"))
    }

    @Test("A change that cannot be made now is made later, and what breaks a rule never")
    func verdicts() throws {
        let busy = DeliveryResponse.answer(
            429, headers: [("x-ratelimit-state", "THROTTLED"), ("x-ratelimit-period-in-sec", "60")])
        let limited = DeliveryOutcome.retry(after: .seconds(60), reason: FailureReason("rate_limited"))
        #expect(try walk(TestReceiver.delivery(), answers: busy).outcome == limited)
        let conflict = try walk(TestReceiver.delivery(), answers: .answer(409)).outcome
        #expect(conflict == .retry(after: nil, reason: FailureReason("http_409")))
        let refused = try walk(TestReceiver.delivery(), answers: .answer(422)).outcome
        #expect(refused == .reject(reason: FailureReason("http_422")))
        let open = try walk(TestReceiver.delivery(), answers: OpsgenieTests.accepted).keep
        let half = try walk(TestReceiver.delivery(.newAlerts, memory: open), answers: OpsgenieTests.accepted, busy)
        #expect(half.outcome == limited && half.keep == nil)
    }

    @Test("A text of Alertmanager's form that the vendor refuses is cut to what it takes, once")
    func withinLimits() throws {
        let long = "'{{ range .Alerts }}{{ .Annotations.summary }}{{ end }}'"
        let more = """
            , message: m, description: \(long), source: \(long), entity: \(long), tags: \(long), note: \(long), \
            details: {all: \(long)}, priority: urgent, update_alerts: true
            """
        let delivery = try TestReceiver.delivery(summary: String(repeating: "é,👩‍👩‍👧", count: 3000))
        let ok = OpsgenieTests.accepted
        let walk = try walk(delivery, more, answers: .answer(422), ok, ok, ok)
        #expect(walk.steps == ["create", "create within limits", "update message", "update description"])
        #expect(walk.outcome == .delivered(vendorID: "r1"))
        #expect(try !Contract.violations("opsgenie", walk.requests[0].body).isEmpty)
        #expect(try Contract.violations("opsgenie", walk.requests[1].body).isEmpty)
        let never = try self.walk(delivery, more, answers: .answer(422), .answer(422))
        #expect(never.outcome == .reject(reason: FailureReason("http_422")))
    }

    @Test("Requests are those of Opsgenie's own library", arguments: ["create", "close"])
    func golden(name: String) throws {
        let golden = try Contract.golden("opsgenie-\(name)")
        let delivery = name == "create" ? try TestReceiver.delivery() : try end()
        let request = try walk(delivery, ", responders: [{name: platform, type: team}]").requests[0]
        let alias = try walk(TestReceiver.delivery()).requests[0].json()["alias"]?.string ?? ""
        let target = (golden["target"]?.string ?? "").replacing("/k1/", with: "/\(alias)/")
        #expect(request.line == "POST https://\(golden["real_host"]?.string ?? "")\(target)")
        let members = try #require(golden["body_json"]?.object)
        #expect(try Set(members.keys).isSubset(of: request.json().keys))
        for header in golden["headers"]?.array ?? [] where header[0] == .string("Authorization") {
            #expect(header[1]?.string?.hasPrefix("GenieKey ") == true)
        }
    }
}
