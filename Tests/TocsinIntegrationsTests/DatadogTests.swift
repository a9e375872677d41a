import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations

@Suite("Datadog")
struct DatadogTests {
    private static let key = "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"

    private func walk(_ delivery: Delivery, _ more: String = "", answers: DeliveryResponse...) throws -> Walk {
        try Walk(MadeIntegration.make("datadog", "{api_key: \(DatadogTests.key)\(more)}"), delivery, answers: answers)
    }

    @Test("Version 1 gets events that are told apart by their kind, and named by the vendor")
    func version1() throws {
        let begin = try walk(
            TestReceiver.delivery(summary: "94 % full"), ", tags: ['on:{{ .CommonLabels.team }}'], source_type_name: s",
            answers: .answer(202, #"{"status": "ok", "event": {"id": 123}}"#))
        let body = try begin.requests[0].json()
        #expect(body["title"]?.string == "[FIRING:2] Disk (critical)" && body["alert_type"]?.string == "error")
        #expect(body["text"]?.string?.contains("🔥 94 % full") == true)
        #expect(body["date_happened"]?.number == 1_800_000_000 && body["source_type_name"]?.string == "s")
        let tags = body["tags"]?.array?.compactMap(\.string) ?? []
        #expect(tags == ["tenant:acme", "status:firing", "on:db", "alertname:Disk", "severity:critical", "team:db"])
        #expect(begin.outcome == .delivered(vendorID: "123"))
        let end = try walk(TestReceiver.delivery(.allResolved, status: .resolved)).requests[0].json()
        #expect(end["alert_type"]?.string == "success" && end["aggregation_key"] == body["aggregation_key"])
    }

    @Test("Version 2 gets alerts with links, a status and a priority")
    func version2() throws {
        let answer = #"{"data": {"type": "event", "attributes": {"attributes": {"evt": {"id": "e1"}}}}}"#
        let begin = try walk(
            TestReceiver.delivery(), ", api: v2, app_key: a, host: 'h{{ .Status }}'", answers: .answer(202, answer))
        let body = try begin.requests[0].json()
        let attributes = try #require(body["data"]?["attributes"])
        #expect(attributes["category"]?.string == "alert" && attributes["host"]?.string == "hfiring")
        #expect(attributes["timestamp"]?.string == "2027-01-15T08:00:00.000Z")
        let inner = try #require(attributes["attributes"])
        #expect(inner["status"]?.string == "error" && inner["priority"]?.string == "1")
        #expect(inner["links"]?[0]?["category"]?.string == "runbook")
        #expect(inner["custom"]?["labels"]?["team"]?.string == "db")
        #expect(begin.outcome == .delivered(vendorID: "e1"))
        let end = try walk(TestReceiver.delivery(status: .resolved), ", api: v2").requests[0].json()
        #expect(end["data"]?["attributes"]?["attributes"]?["status"]?.string == "ok")
    }

    @Test(
        "Each site has its host, and version 2 another one",
        arguments: [
            ("", "https://api.datadoghq.com/api/v1/events"),
            (", site: datadoghq.eu", "https://api.datadoghq.eu/api/v1/events"),
            (", site: us5.datadoghq.com, api: v2", "https://event-management-intake.us5.datadoghq.com/api/v2/events"),
            (", api_url: 'https://d.example/x'", "https://d.example/x"),
        ])
    func address(more: String, address: String) throws {
        #expect(try walk(TestReceiver.delivery(), more).requests[0].url.reveal() == address)
    }

    @Test("What happened 18 hours ago is told without its time, which would be refused", arguments: ["v1", "v2"])
    func age(api: String) throws {
        func hasTime(after hours: Int64) throws -> Bool {
            let late = TestReceiver.now + .seconds(hours * 3600)
            let delivery = Delivery(try TestReceiver.notification(), now: late)
            let body = try walk(delivery, ", api: \(api)").requests[0].json()
            return body["date_happened"] != nil || body["data"]?["attributes"]?["timestamp"] != nil
        }
        #expect(try hasTime(after: 17) && !hasTime(after: 18) && !hasTime(after: -1))
    }

    @Test("Nobody is called by what an alert says")
    func mentions() throws {
        let body = try walk(TestReceiver.delivery(summary: "@all @slack-ops %%% **x**")).requests[0].json()
        let text = body["text"]?.string ?? ""
        #expect(text.contains("@\u{2060}all @\u{2060}slack-ops") && text.firstMatch(of: #/@[a-z]/#) == nil)
        #expect(!text.hasPrefix("%%%"))
    }

    @Test("The vendor's reset is in seconds")
    func reset() throws {
        let busy = DeliveryResponse.answer(429, headers: [("x-ratelimit-reset", "12")])
        let outcome = try walk(TestReceiver.delivery(), answers: busy).outcome
        #expect(outcome == .retry(after: .seconds(12), reason: FailureReason("rate_limited")))
    }

    @Test("A site that there is not is told")
    func issues() throws {
        let (made, issues) = try MadeIntegration.makeWithIssues("datadog", "{api_key: k, site: datadog.eu}")
        #expect(made == nil && issues.map(\.path) == ["acme.receivers[0].config.site"])
        #expect(issues.first?.message.contains("did you mean 'datadoghq.eu'") == true)
    }

    @Test("Requests are those of Datadog's own library", arguments: ["v1", "v2"])
    func golden(api: String) throws {
        let golden = try Contract.golden("datadog-\(api)-events")
        let key = String(repeating: "a", count: 40)
        let more = api == "v2" ? ", api: v2, app_key: \(key)" : ""
        let request = try walk(TestReceiver.delivery(), more).requests[0]
        let (host, target) = (golden["real_host"]?.string ?? "", golden["target"]?.string ?? "")
        #expect(request.line == "POST https://\(host)\(target)")
        for header in golden["headers"]?.array ?? [] {
            guard let name = header[0]?.string, !["Host", "Content-Length", "User-Agent"].contains(name) else {
                continue
            }
            #expect(request.header(name) == header[1]?.string, "\(name)")
        }
        #expect(names(golden["body_json"] ?? .null).isSubset(of: names(.object(try request.json()))))
    }

    private func names(_ value: JSONValue, path: String = "") -> Set<String> {
        guard case .object(let members) = value else { return [path] }
        return members.reduce(into: []) { $0.formUnion(names($1.value, path: path + "/" + $1.key)) }
    }
}
