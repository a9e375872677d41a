import Foundation
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@Suite("Slack")
struct SlackTests {
    private static let api = "{token: xoxb-0, channel: '#ops'}"
    private static let posted = DeliveryResponse.answer(
        200, #"{"ok":true,"channel":"C1","ts":"1763884800.123456"}"#)

    private func walk(
        _ settings: String, _ notification: TocsinAlerts.Notification, memory: VendorMemory = VendorMemory(),
        _ answers: DeliveryResponse...
    ) throws -> Walk {
        try Walk(
            MadeIntegration.make("slack", settings), MadeIntegration.delivery(notification, memory: memory),
            answers: answers)
    }

    private func place(_ asked: String = "#ops") -> VendorMemory {
        var memory = VendorMemory()
        (memory["asked"], memory["channel"], memory["ts"]) = (asked, "C1", "1763884800.123456")
        return memory
    }

    private func schema(_ request: DeliveryRequest) -> String {
        let url = request.url.reveal()
        return url.hasSuffix("update") ? "slack-update" : url.hasSuffix("postMessage") ? "slack-postmessage" : "slack"
    }

    @Test("Every message is one that Slack takes", arguments: 1...25 as ClosedRange<UInt64>)
    func generated(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let notification = try GeneratedNotification.make(&random)
        for settings in ["{webhook_url: 'https://s.example/x'}", SlackTests.api] {
            for memory in [VendorMemory(), place()] {
                let request = try #require(try walk(settings, notification, memory: memory).requests.first)
                #expect(try Contract.violations(schema(request), request.body).isEmpty, "seed \(seed)")
                let text = JSONValue(try JSONSerialization.jsonObject(with: Data(request.body)))
                for plain in text.objects(with: "type") where plain["type"] == .string("plain_text") {
                    let words = plain["text"]?.string ?? ""
                    #expect(words.replacing(/&(amp|lt|gt);/, with: "").firstMatch(of: /[&<>]/) == nil, "seed \(seed)")
                }
                // Only links are markup, and they are addresses.
                for markup in text.objects(with: "type") where markup["type"] == .string("mrkdwn") {
                    let link = markup["text"]?.string ?? ""
                    #expect(link.wholeMatch(of: /<https?:\/\/[^<>| ]+\|(Runbook|Dashboard|Source)>/) != nil)
                }
                #expect(try request.json()["text"] == nil)
            }
        }
    }

    @Test("What alerts say arrives as text", arguments: GeneratedNotification.hostileTexts)
    func hostile(text: String) throws {
        let request = try #require(
            try walk(SlackTests.api, MadeIntegration.notification(text)).requests.first)
        let blocks = try request.json()["attachments"]?[0]?["blocks"]?.array ?? []
        let section = try #require(blocks.first { $0["type"] == .string("section") }?["text"])
        #expect(section["type"] == .string("plain_text") && section["emoji"] == .bool(false))
        let words = text.replacing("\r\n", with: "\n").replacing("\n", with: " ").replacing("&", with: "&amp;")
            .replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        #expect(section["text"] == .string("🔥 " + words))
    }

    @Test("A message is posted, changed while nothing new fires, and changed at its end")
    func life() throws {
        let first = try walk(SlackTests.api, MadeIntegration.notification(), SlackTests.posted)
        #expect(first.steps == ["post"])
        #expect(first.outcome == .delivered(vendorID: "C1/1763884800.123456"))
        #expect(first.keep == place())
        let post = try #require(first.requests.first)
        #expect(post.url.reveal() == "https://slack.com/api/chat.postMessage")
        #expect(try post.json()["channel"] == .string("#ops"))

        let repeated = try MadeIntegration.notification(reason: .repeatInterval)
        let second = try walk(SlackTests.api, repeated, memory: place(), SlackTests.posted)
        #expect(second.steps == ["update"] && second.keep == place())

        let more = try MadeIntegration.notification(count: 2, reason: .newAlerts)
        #expect(try walk(SlackTests.api, more, memory: place(), SlackTests.posted).steps == ["post"])

        let end = try MadeIntegration.notification(status: .resolved, reason: .allResolved)
        let last = try walk(SlackTests.api, end, memory: place(), SlackTests.posted)
        let update = try #require(last.requests.first)
        #expect(last.steps == ["update"] && last.keep == VendorMemory())
        #expect(update.url.reveal() == "https://slack.com/api/chat.update")
        let body = try update.json()
        #expect(body["channel"] == .string("C1") && body["ts"] == .string("1763884800.123456"))
        #expect(body["attachments"]?[0]?["color"] == .string("#2eb886"))
    }

    @Test(
        "A message that cannot be changed any more is posted anew",
        arguments: ["message_not_found", "edit_window_closed", "cant_update_message"])
    func gone(error: String) throws {
        let end = try MadeIntegration.notification(status: .resolved, reason: .allResolved)
        let answer = DeliveryResponse.answer(200, #"{"ok":false,"error":"\#(error)"}"#)
        let walk = try walk(SlackTests.api, end, memory: place(), answer, SlackTests.posted)
        #expect(walk.steps == ["update", "post"] && walk.keep == VendorMemory())
        #expect(walk.outcome == .delivered(vendorID: "C1/1763884800.123456"))
    }

    @Test("A message in another channel than now is left as it is")
    func movedChannel() throws {
        let repeated = try MadeIntegration.notification(reason: .repeatInterval)
        let walk = try walk(SlackTests.api, repeated, memory: place("#other"), SlackTests.posted)
        #expect(walk.steps == ["post"] && walk.keep == place())
    }

    @Test("Later notifications answer in the thread where that is wanted, besides the update or instead of it")
    func threads() throws {
        let end = try MadeIntegration.notification(status: .resolved, reason: .allResolved)
        func steps(_ more: String, _ answers: DeliveryResponse..., notification: TocsinAlerts.Notification? = nil)
            throws -> [String]
        {
            let settings = "{token: t, channel: '#ops', post_updates_to_thread: true\(more)}"
            let memory = notification == nil ? place() : VendorMemory()
            return try Walk(
                MadeIntegration.make("slack", settings),
                MadeIntegration.delivery(notification ?? end, memory: memory), answers: answers
            ).steps
        }
        let ok = SlackTests.posted
        #expect(try steps("", ok, ok) == ["update", "reply"])
        #expect(try steps(", update_message: false", ok) == ["reply"])
        let gone = DeliveryResponse.answer(200, #"{"ok":false,"error":"thread_not_found"}"#)
        #expect(try steps(", update_message: false", gone, ok) == ["reply", "post"])
        #expect(
            try steps(", update_message: true", ok, ok, notification: MadeIntegration.notification()) == [
                "post", "reply",
            ])
        let reply = try walk(
            "{token: t, channel: '#ops', post_updates_to_thread: true, update_message: false}", end, memory: place(), ok
        )
        #expect(try reply.requests.first?.json()["thread_ts"] == .string("1763884800.123456"))
    }

    @Test("Alertmanager's form is updated only where that is asked for, and as Alertmanager does")
    func texts() throws {
        let repeated = try MadeIntegration.notification(reason: .newAlerts)
        let plain = "{token: t, channel: '#ops', title: x}"
        let first = try walk(plain, repeated, memory: place(), SlackTests.posted)
        #expect(first.steps == ["post"] && first.keep == nil)
        let updating = "{token: t, channel: '#ops', title: x, username: u, update_message: true}"
        let second = try walk(updating, repeated, memory: place(), SlackTests.posted)
        #expect(second.steps == ["update"])
        let request = try #require(second.requests.first)
        #expect(try Contract.violations("slack-update", request.body).isEmpty)
    }

    @Test("A label chooses the channel and who is called, while alerts fire")
    func labels() throws {
        let settings = """
            {token: t, channel: '#ops', channel_by_label: {label: team, values: {db: '#db'}}, \
            mention_by_label: {label: team, values: {db: S012}}}
            """
        let firing = try #require(try walk(settings, MadeIntegration.notification()).requests.first)
        #expect(try firing.json()["channel"] == .string("#db"))
        #expect(try firing.json()["text"] == .string("<!subteam^S012>"))
        #expect(firing.paces == [Pace("slack/t/#db", perSecond: 1)])
        let end = try MadeIntegration.notification(status: .resolved, reason: .allResolved)
        #expect(try walk(settings, end).requests.first?.json()["text"] == nil)
    }

    @Test(
        "The Web API may be elsewhere",
        arguments: [
            ("https://slack-gov.com/api/", "https://slack-gov.com/api/"),
            ("https://slack-gov.com/api", "https://slack-gov.com/api/"),
            ("https://p.example/x/chat.postMessage", "https://p.example/x/"),
        ])
    func address(setting: String, base: String) throws {
        let settings = "{token: t, channel: '#ops', api_url: '\(setting)'}"
        let repeated = try MadeIntegration.notification(reason: .repeatInterval)
        #expect(try walk(settings, repeated).requests.first?.url.reveal() == base + "chat.postMessage")
        #expect(try walk(settings, repeated, memory: place()).requests.first?.url.reveal() == base + "chat.update")
    }

    @Test(
        "Requests are those of Slack's own library",
        arguments: ["slack-webhook", "slack-chat.postMessage", "slack-chat.update"])
    func golden(name: String) throws {
        let golden = JSONValue(try JSONSerialization.jsonObject(with: Contract.data("goldens/\(name).json")))
        let isWebhook = name == "slack-webhook"
        let settings = isWebhook ? "{webhook_url: 'https://hooks.slack.com/services/T000/B000/XXX'}" : SlackTests.api
        let repeated = try MadeIntegration.notification(reason: .repeatInterval)
        let memory = name.hasSuffix("update") ? place() : VendorMemory()
        let request = try #require(try walk(settings, repeated, memory: memory).requests.first)
        let (host, target) = (golden["real_host"]?.string ?? "", golden["target"]?.string ?? "")
        #expect(request.method == golden["method"]?.string)
        #expect(request.url.reveal() == "https://\(host)\(target)")
        for header in golden["headers"]?.array ?? [] {
            guard let name = header[0]?.string, ["Content-Type", "Authorization"].contains(name) else { continue }
            #expect(request.header(name)?.replacing(" ", with: "") == header[1]?.string?.replacing(" ", with: ""))
        }
        for name in ["channel", "ts"] where golden["body_json"]?[name] != nil {
            #expect(try request.json()[name] != nil)
        }
    }

    @Test("A webhook says what it cannot do")
    func webhookWarnings() throws {
        let settings = "{webhook_url: 'https://s.example/x', update_message: true}"
        let (made, issues) = try MadeIntegration.makeWithIssues("slack", settings)
        #expect(made != nil && issues.map(\.code) == ["setting_ignored"])
    }
}
