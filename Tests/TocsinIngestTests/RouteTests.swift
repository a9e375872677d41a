import Hummingbird
import Testing
import TocsinCore

@testable import TocsinIngest

@Suite("Routes")
struct RouteTests {
    @Test(
        "A path leads to one route",
        arguments: [
            ("/api/v2/alerts", IngestRoute.alerts, nil),
            ("/api/v2/alerts?x=/-/ready", .alerts, nil),
            ("/t/acme/api/v2/alerts", .alerts, "acme"),
            ("/t//api/v2/alerts", .alerts, ""),
            ("/t/a%2Fb/api/v2/alerts?y", .alerts, "a%2Fb"),
            ("/t/acme/api/v1/alerts/webhook", .webhook, "acme"),
            ("/api/v1/alerts/webhook", .webhook, nil),
            ("/api/v1/health", .health, nil),
            ("/api/v1/status", .nodes, nil),
            ("/t/acme/api/v1/status", .nodes, "acme"),
            ("/-/healthy", .healthy, nil),
            ("/-/ready", .ready, nil),
            ("/metrics", .metrics, nil),
            ("/t/acme/metrics", .unknown, nil),
            ("/t/acme", .unknown, nil),
            ("/t/", .unknown, nil),
            ("/api/v2/alerts/", .unknown, nil),
            ("//api/v2/alerts", .unknown, nil),
            ("/API/v2/alerts", .unknown, nil),
            ("", .unknown, nil),
            ("*", .unknown, nil),
        ] as [(String, IngestRoute, String?)])
    func path(path: String, route: IngestRoute, tenant: String?) {
        let match = RouteMatch(path: path)
        #expect(match.route == route)
        #expect(match.tenant.map(String.init) == tenant)
    }

    @Test("The date of an answer has the form of RFC 9110, and is made anew each second")
    func date() {
        let header = DateHeader()
        let texts = [784_111_777_000, 784_111_777_999, 784_111_778_000, 1_709_164_800_000].map {
            header.text(at: Timestamp(milliseconds: $0))
        }
        #expect(
            texts == [
                "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:38 GMT",
                "Thu, 29 Feb 2024 00:00:00 GMT",
            ])
    }

    @Test("A route takes its own methods")
    func methods() {
        #expect(IngestRoute.alerts.allows(.post))
        #expect(IngestRoute.alerts.allows(.get))
        #expect(!IngestRoute.alerts.allows(.put))
        #expect(IngestRoute.silence.allows(.delete))
        #expect(!IngestRoute.webhook.allows(.put))
        #expect(IngestRoute.metrics.allows(.get))
        #expect(IngestRoute.ready.allows(.head))
        #expect(!IngestRoute.health.allows(.post))
    }
}
