import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations

@Suite("Grafana OnCall")
struct GrafanaOnCallTests {
    private static let url = "https://oncall.example/integrations/v1/formatted_webhook/t0"

    private func walk(_ delivery: Delivery, _ more: String = "", answers: DeliveryResponse...) throws -> Walk {
        try Walk(
            MadeIntegration.make("grafana_oncall", "{url: '\(GrafanaOnCallTests.url)'\(more)}"), delivery,
            answers: answers
        )
    }

    @Test("A group is opened and resolved under one name")
    func life() throws {
        let begin = try walk(TestReceiver.delivery(summary: "94 % <!channel>"), answers: .answer(200, "Ok."))
        let request = try #require(begin.requests.first)
        #expect(request.line == "POST \(GrafanaOnCallTests.url)/")
        #expect(request.paces.map(\.burst) == [60] && begin.outcome == .delivered(vendorID: nil))
        let body = try request.json()
        #expect(body["title"]?.string == "[FIRING:2] Disk (critical)" && body["state"]?.string == "alerting")
        #expect(body["message"]?.string?.contains("🔥 94 % <\u{2060}!channel>") == true)
        #expect(body["link_to_upstream_details"]?.string == "https://run.example/a_(b)?c=d&e")
        #expect(body["image_url"] == nil)
        let end = try walk(TestReceiver.delivery(.allResolved, status: .resolved)).requests[0].json()
        #expect(end["state"]?.string == "ok" && end["alert_uid"] == body["alert_uid"])
    }

    @Test("Texts and addresses may be set")
    func settings() throws {
        let more = ", title: 'T {{ .Status }}', message: m, link: 'https://l.example', image_url: 'https://i.example'"
        let body = try walk(TestReceiver.delivery(), more).requests[0].json()
        #expect(body["title"]?.string == "T firing" && body["message"]?.string == "m")
        #expect(body["link_to_upstream_details"]?.string == "https://l.example")
        #expect(body["image_url"]?.string == "https://i.example")
    }

    @Test("A limit without a hint is waited out for a minute, and an unknown address is of no use")
    func verdicts() throws {
        let busy = try walk(TestReceiver.delivery(), answers: .answer(429, "Rate-limiting has been applied")).outcome
        #expect(busy == .retry(after: .seconds(60), reason: FailureReason("rate_limited")))
        let gone = try walk(TestReceiver.delivery(), answers: .answer(403)).outcome
        #expect(gone == .disable(reason: FailureReason("http_403")))
    }
}
