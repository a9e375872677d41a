import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations

@Suite("xMatters")
struct XMattersTests {
    private static let url = "https://acme.xmatters.com/api/integration/1/functions/f1/triggers"

    private func walk(_ delivery: Delivery, _ more: String = "", answers: DeliveryResponse...) throws -> Walk {
        try Walk(MadeIntegration.make("xmatters", "{url: '\(XMattersTests.url)'\(more)}"), delivery, answers: answers)
    }

    @Test("A flow is told of an incident and of its end under one fingerprint")
    func life() throws {
        let begin = try walk(
            TestReceiver.delivery(summary: "94 % full"), ", recipients: ['{{ .CommonLabels.team }}-oncall', '']",
            answers: .answer(202, #"{"requestId": "r1"}"#))
        let body = try begin.requests[0].json()
        let properties = try #require(body["properties"])
        #expect(begin.requests[0].line == "POST " + XMattersTests.url)
        #expect(properties["alert"]?.string == "[FIRING:2] Disk (critical)")
        #expect(properties["message"]?.string?.contains("🔥 94 % full") == true)
        #expect(properties["status"]?.string == "firing" && properties["severity"]?.string == "critical")
        #expect(properties["labels"]?.string == "team=db" && properties["num_firing"]?.string == "2")
        #expect(properties["runbook_url"]?.string == "https://run.example/a_(b)?c=d&e")
        #expect(body["priority"]?.string == "HIGH")
        #expect(body["recipients"] == .array([.object(["id": .string("db-oncall")])]))
        #expect(begin.outcome == .delivered(vendorID: "r1"))
        let end = try walk(TestReceiver.delivery(.allResolved, status: .resolved)).requests[0].json()
        #expect(end["properties"]?["status"]?.string == "resolved" && end["priority"]?.string == "LOW")
        #expect(end["properties"]?["fingerprint"] == properties["fingerprint"])
    }

    @Test(
        "Triggers know the sender by the address, a key, or a name and a password",
        arguments: [
            ("", url, nil), (", api_key: 'a b'", url + "?apiKey=a+b", nil),
            (", username: ada, password: 'é:1'", url, "Basic YWRhOsOpOjE="),
            (", http_config: {authorization: {credentials: t}}", url, "Bearer t"),
        ])
    func credentials(more: String, address: String, header: String?) throws {
        let request = try walk(TestReceiver.delivery(), more).requests[0]
        #expect(request.url.reveal() == address && request.header("Authorization") == header)
    }

    @Test("Texts, the priority and properties may be set")
    func settings() throws {
        let more = """
            , title: 'T {{ .Status }}', message: m, priority: '{{ "medium" }}', \
            properties: {status: 'mine', service: '{{ .CommonLabels.team }}'}
            """
        let body = try walk(TestReceiver.delivery(), more).requests[0].json()
        let properties = try #require(body["properties"]?.object)
        #expect(properties["alert"] == .string("T firing") && properties["message"] == .string("m"))
        #expect(properties["status"] == .string("mine") && properties["service"] == .string("db"))
        #expect(body["priority"] == .string("MEDIUM"))
        let odd = try walk(TestReceiver.delivery(), ", priority: urgent").requests[0].json()
        #expect(odd["priority"] == .string("HIGH"))
    }

    @Test(
        "What is wrong with the settings is told",
        arguments: [
            ("{}", "setting_missing"), ("{url: 'https://x.example', api_key: k, username: u}", "setting_conflict"),
        ])
    func issues(settings: String, code: String) throws {
        let (made, issues) = try MadeIntegration.makeWithIssues("xmatters", settings)
        #expect(made == nil && issues.map(\.code) == [code])
    }
}
