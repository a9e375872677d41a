import Foundation
import Testing
import TocsinAlerts
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@Suite("Microsoft Teams")
struct TeamsTests {
    private static let settings = "{webhook_url: 'https://t.example/x?sig=a%2Fb'}"

    private func request(
        _ notification: TocsinAlerts.Notification, as settings: String = settings, kind: String = "msteamsv2"
    ) throws -> DeliveryRequest {
        try MadeIntegration.make(kind, settings).request(
            for: notification, attempt: 1, now: GeneratedNotification.now)
    }

    @Test("Every card is one that Teams takes", arguments: 1...25 as ClosedRange<UInt64>)
    func generated(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let notification = try GeneratedNotification.make(&random)
        let request = try request(notification)
        #expect(try Contract.violations("teams", request.body).isEmpty, "seed \(seed)")
        #expect(request.url.reveal() == "https://t.example/x?sig=a%2Fb")
        let card = JSONValue(try JSONSerialization.jsonObject(with: Data(request.body)))
        // Of the elements with text, only runs hold what alerts say: no markup is read in them.
        let types = Set(card.objects(with: "text").compactMap { $0["type"]?.string })
        #expect(types.isSubset(of: ["TextRun"]), "seed \(seed)")
    }

    @Test("What alerts say arrives as text", arguments: GeneratedNotification.hostileTexts)
    func hostile(text: String) throws {
        let card = JSONValue(
            try JSONSerialization.jsonObject(with: Data(request(MadeIntegration.notification(text)).body)))
        let words = text.replacing("\r\n", with: "\n").replacing("\n", with: " ").replacing("{{", with: "{\u{200B}{")
        #expect(card.objects(with: "text").contains { $0["text"] == .string("🔥 " + words) })
    }

    @Test("Many alerts with long texts are cut to what fits, and the rest is counted")
    func large() throws {
        let request = try request(MadeIntegration.notification(String(repeating: "👩‍👩‍👧", count: 500), count: 500))
        #expect(request.body.count <= 28 * 1024 && request.body.count > 14 * 1024)
        #expect(String(decoding: request.body, as: UTF8.self).contains("more"))
    }

    @Test("Alertmanager's forms are cut to what fits too", arguments: ["msteams", "msteamsv2"])
    func largeTexts(kind: String) throws {
        let settings = "{webhook_url: 'https://t.example', title: t, text: '{{ .CommonAnnotations.summary }}'}"
        for text in [String(repeating: "\"\u{1}", count: 20_000), String(repeating: "x", count: 300_000)] {
            let request = try request(MadeIntegration.notification(text), as: settings, kind: kind)
            #expect((20_000...28 * 1024).contains(request.body.count))
            _ = try request.json()
        }
    }

    @Test("A label chooses who is called, by an entity that names the account")
    func mention() throws {
        let settings = """
            {webhook_url: 'https://t.example', \
            mention_by_label: {label: team, values: {db: 'Jane Doe <jane@example.com>'}}}
            """
        let request = try request(MadeIntegration.notification(), as: settings)
        #expect(try Contract.violations("teams", request.body).isEmpty)
        let entity = try request.json()["attachments"]?[0]?["content"]?["msteams"]?["entities"]?[0]
        #expect(entity?["mentioned"]?["id"] == .string("jane@example.com"))
        #expect(entity?["text"] == .string("<at>Jane Doe</at>"))
        #expect(request.paces == [Pace("teams/https://t.example", perSecond: 4, burst: 4)])
    }
}
