import Testing
import TocsinAlerts
import TocsinCore

@testable import TocsinIntegrations

@Suite("What a message says")
struct AlertMessageTests {
    private func notification(_ annotations: [[(String, String)]]) throws -> TocsinAlerts.Notification {
        let plain = try MadeIntegration.notification()
        return plain.telling(
            annotations.enumerated().map { index, pairs in
                NotifiedAlert(
                    alert: Alert(
                        labels: LabelSet([("alertname", "Disk"), ("instance", "\(index)")]),
                        annotations: LabelSet(pairs), startsAt: plain.createdAt, endsAt: plain.createdAt,
                        updatedAt: plain.createdAt, generatorURL: "https://p.example/graph", timeout: false),
                    status: .firing)
            })
    }

    @Test("Links that all alerts share stand once, others with their alert, and none that is no web address")
    func links() throws {
        let shared = [("runbook_url", "https://run.example"), ("acknowledge_url", "javascript:alert(1)")]
        let message = AlertMessage(
            try notification([
                shared + [("silence_url", "https://t.example/silence?a")],
                shared + [("silence_url", "https://t.example/silence?b"), ("dashboard_url", "https://d.example/<x>")],
            ]))
        #expect(
            message.links == [
                .init(title: "Runbook", url: "https://run.example"),
                .init(title: "Source", url: "https://p.example/graph"),
            ])
        #expect(
            message.items.map(\.links) == [
                [.init(title: "Silence", url: "https://t.example/silence?a")],
                [.init(title: "Silence", url: "https://t.example/silence?b")],
            ])
    }
}
