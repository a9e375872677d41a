import Foundation
import Testing
import TocsinAlerts
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@Suite("Discord")
struct DiscordTests {
    private static let settings = "{webhook_url: 'https://discord.example/api/webhooks/1/t'}"
    private static let posted = DeliveryResponse.answer(200, #"{"id":"77","channel_id":"88"}"#)

    private func walk(
        _ notification: TocsinAlerts.Notification, as settings: String = settings,
        memory: VendorMemory = VendorMemory(), _ answers: DeliveryResponse...
    ) throws -> Walk {
        try Walk(
            MadeIntegration.make("discord", settings), MadeIntegration.delivery(notification, memory: memory),
            answers: answers)
    }

    private func message(_ id: String = "77", thread: String? = nil) -> VendorMemory {
        var memory = VendorMemory()
        (memory["message"], memory["thread"]) = (id, thread)
        return memory
    }

    @Test("Every message is one that Discord takes", arguments: 1...25 as ClosedRange<UInt64>)
    func generated(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let notification = try GeneratedNotification.make(&random)
        for memory in [VendorMemory(), message()] {
            let request = try #require(try walk(notification, memory: memory).requests.first)
            let kind = request.method == "PATCH" ? "discord-update" : "discord"
            #expect(try Contract.violations(kind, request.body).isEmpty, "seed \(seed)")
            #expect(try request.json()["allowed_mentions"] == .object(["parse": .array([])]))
        }
    }

    @Test("What alerts say arrives as text", arguments: GeneratedNotification.hostileTexts)
    func hostile(text: String) throws {
        let request = try #require(try walk(MadeIntegration.notification(text)).requests.first)
        let description = try request.json()["embeds"]?[0]?["description"]?.string ?? ""
        let line = try #require(description.split(separator: "\n").first { $0.hasPrefix("**") })
        let (plain, bare) = unescaped(line.dropFirst(2).dropLast(2))
        #expect(plain == "🔥 " + text.replacing("\r\n", with: "\n").replacing("\n", with: " "))
        #expect(!bare.contains { "*_~`|<>[]()#@".contains($0) })
    }

    /// What people see, and what stood there without a backslash.
    private func unescaped(_ text: Substring) -> (plain: String, bare: String) {
        var (plain, bare, isEscaped) = ("", "", false)
        for scalar in text.unicodeScalars {
            if scalar == "\\", !isEscaped {
                isEscaped = true
                continue
            }
            plain.unicodeScalars.append(scalar)
            if !isEscaped { bare.unicodeScalars.append(scalar) }
            isEscaped = false
        }
        return (plain, bare)
    }

    @Test("A message is posted, and changed when its alerts end")
    func life() throws {
        let first = try walk(MadeIntegration.notification(), DiscordTests.posted)
        #expect(first.outcome == .delivered(vendorID: "77") && first.keep == message())
        let post = try #require(first.requests.first)
        #expect(post.method == "POST" && post.url.reveal() == "https://discord.example/api/webhooks/1/t?wait=true")
        let refusals = RefusalLimit(vendor: "discord", statuses: [401, 403, 404, 429], count: 10_000, seconds: 600)
        #expect(post.refusals == refusals)
        let end = try MadeIntegration.notification(status: .resolved, reason: .allResolved)
        let last = try walk(end, memory: message(), DiscordTests.posted)
        let patch = try #require(last.requests.first)
        #expect(patch.method == "PATCH" && last.keep == VendorMemory())
        #expect(patch.url.reveal() == "https://discord.example/api/webhooks/1/t/messages/77")
    }

    @Test("A message that is gone is posted anew; a webhook that is gone is not")
    func gone() throws {
        let end = try MadeIntegration.notification(status: .resolved, reason: .allResolved)
        let unknown = DeliveryResponse.answer(404, #"{"code":10008,"message":"Unknown Message"}"#)
        let walk = try walk(end, memory: message(), unknown, DiscordTests.posted)
        #expect(walk.requests.map(\.method) == ["PATCH", "POST"])
        let webhook = DeliveryResponse.answer(404, #"{"code":10015,"message":"Unknown Webhook"}"#)
        let other = try self.walk(end, memory: message(), webhook)
        guard case .disable? = other.outcome else {
            Issue.record("\(String(describing: other.outcome))")
            return
        }
        #expect(other.requests.count == 1)
    }

    @Test("A post in a forum is a thread, in which what follows stands")
    func forum() throws {
        let settings = "{webhook_url: 'https://d.example/w', thread_name: '{{ .GroupLabels.alertname }}'}"
        let first = try walk(MadeIntegration.notification(), as: settings, DiscordTests.posted)
        #expect(try first.requests.first?.json()["thread_name"] == .string("Disk"))
        #expect(first.keep == message(thread: "88"))
        let more = try MadeIntegration.notification(count: 2, reason: .newAlerts)
        let second = try walk(more, as: settings, memory: message(thread: "88"), DiscordTests.posted)
        #expect(second.requests.first?.url.reveal() == "https://d.example/w?wait=true&thread_id=88")
        #expect(try second.requests.first?.json()["thread_name"] == nil)
        let end = try MadeIntegration.notification(status: .resolved, reason: .allResolved)
        let last = try walk(end, as: settings, memory: message(thread: "88"), DiscordTests.posted)
        #expect(last.requests.first?.url.reveal() == "https://d.example/w/messages/77?thread_id=88")
    }

    @Test(
        "A label chooses who is called, and only they may be",
        arguments: [
            ("'42'", "<@42>", "users"), ("'&43'", "<@&43>", "roles"), ("'<@&43>'", "<@&43>", "roles"),
            ("everyone", "@everyone", "parse"),
        ])
    func mention(value: String, text: String, member: String) throws {
        let settings = "{webhook_url: 'https://d.example', mention_by_label: {label: team, values: {db: \(value)}}}"
        let request = try #require(try walk(MadeIntegration.notification(), as: settings).requests.first)
        #expect(try request.json()["content"] == .string(text))
        #expect(try request.json()["allowed_mentions"]?[member]?.array?.count == 1)
        #expect(try Contract.violations("discord", request.body).isEmpty)
    }

    @Test("The wait that the body or a header names is kept")
    func waits() throws {
        let made = try MadeIntegration.make("discord", DiscordTests.settings)
        let body = DeliveryResponse.answer(429, #"{"retry_after":0.123,"global":false}"#)
        let header = DeliveryResponse.answer(429, "", headers: [("x-ratelimit-reset-after", "1.5")])
        #expect(
            made.outcome(of: body, now: GeneratedNotification.now)
                == .retry(after: .milliseconds(123), reason: .rateLimited))
        #expect(
            made.outcome(of: header, now: GeneratedNotification.now)
                == .retry(after: .milliseconds(1500), reason: .rateLimited))
    }
}
