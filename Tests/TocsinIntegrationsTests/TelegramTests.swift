import Foundation
import Testing
import TocsinAlerts
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@Suite("Telegram")
struct TelegramTests {
    private static let settings = "{bot_token: '1:t', chat_id: -1001}"
    private static let sent = DeliveryResponse.answer(200, #"{"ok":true,"result":{"message_id":42}}"#)

    private func walk(
        _ notification: TocsinAlerts.Notification, as settings: String = settings,
        memory: VendorMemory = VendorMemory(), _ answers: DeliveryResponse...
    ) throws -> Walk {
        try Walk(
            MadeIntegration.make("telegram", settings), MadeIntegration.delivery(notification, memory: memory),
            answers: answers)
    }

    private func refusal(_ description: String, _ more: String = "") -> DeliveryResponse {
        .answer(400, #"{"ok":false,"error_code":400,"description":"Bad Request: \#(description)"\#(more)}"#)
    }

    private func memory(chat: String? = nil) -> VendorMemory {
        var memory = VendorMemory()
        (memory["asked"], memory["message"], memory["chat"]) = ("-1001", "42", chat)
        return memory
    }

    @Test("Every message is one that Telegram takes", arguments: 1...25 as ClosedRange<UInt64>)
    func generated(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let notification = try GeneratedNotification.make(&random)
        for memory in [VendorMemory(), memory()] {
            let request = try #require(try walk(notification, memory: memory).requests.first)
            let kind = request.url.reveal().hasSuffix("sendMessage") ? "telegram" : "telegram-update"
            #expect(try Contract.violations(kind, request.body).isEmpty, "seed \(seed)")
            let text = try request.json()["text"]?.string ?? ""
            #expect(text.utf16.count <= 4096, "seed \(seed)")
            try checkTags(text, "seed \(seed)")
        }
    }

    /// Only the tags that a message is made of, each closed before the next; no other `<` or `>`, and no lone `&`.
    private func checkTags(_ html: String, _ comment: String) throws {
        let tag = /<(b|code|a href="https?:\/\/[^"<>]+")>([^<>]*)<\/(b|code|a)>/
        let rest = html.replacing(tag) { $0.output.2 }
        #expect(!rest.contains { $0 == "<" || $0 == ">" }, Comment(rawValue: comment))
        let lone = rest.replacing(/&(amp|lt|gt|quot);/, with: "").unicodeScalars.contains("&")
        #expect(!lone, Comment(rawValue: comment))
    }

    @Test("What alerts say arrives as text", arguments: GeneratedNotification.hostileTexts)
    func hostile(text: String) throws {
        let request = try #require(try walk(MadeIntegration.notification(text)).requests.first)
        let html = try request.json()["text"]?.string ?? ""
        try checkTags(html, text)
        let plain = html.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
            .replacing("&amp;", with: "&")
        #expect(plain.contains("<b>🔥 " + text.replacing("\r\n", with: "\n").replacing("\n", with: " ") + "</b>"))
    }

    @Test("A message is sent, and changed when its alerts end")
    func life() throws {
        let first = try walk(MadeIntegration.notification(), TelegramTests.sent)
        let send = try #require(first.requests.first)
        #expect(first.outcome == .delivered(vendorID: "42") && first.keep == memory())
        #expect(send.url.reveal() == "https://api.telegram.org/bot1:t/sendMessage")
        #expect(send.paces.contains(Pace("telegram/1:t/-1001", perSecond: 1)))
        #expect(send.paces.contains(Pace("telegram/1:t", perSecond: 30, burst: 30)))
        let end = try MadeIntegration.notification(status: .resolved, reason: .allResolved)
        let last = try walk(end, memory: memory(), TelegramTests.sent)
        let edit = try #require(last.requests.first)
        #expect(last.keep == VendorMemory() && edit.url.reveal().hasSuffix("/editMessageText"))
        #expect(try edit.json()["message_id"] == .number(42))
    }

    @Test("An edit that changes nothing is a success; a message that is gone is sent anew")
    func edits() throws {
        let repeated = try MadeIntegration.notification(reason: .repeatInterval)
        let same = try walk(repeated, memory: memory(), refusal("message is not modified: x"))
        #expect(same.outcome == .delivered(vendorID: nil) && same.keep == memory())
        let gone = try walk(repeated, memory: memory(), refusal("message to edit not found"), TelegramTests.sent)
        #expect(gone.requests.count == 2 && gone.requests[1].url.reveal().hasSuffix("/sendMessage"))
        #expect(gone.outcome == .delivered(vendorID: "42"))
    }

    @Test("A group that became a supergroup is followed, once, and remembered")
    func migration() throws {
        let moved = refusal("group chat was upgraded", #","parameters":{"migrate_to_chat_id":-1002}"#)
        let walk = try walk(MadeIntegration.notification(), moved, TelegramTests.sent)
        #expect(try walk.requests.last?.json()["chat_id"] == .number(-1002))
        #expect(walk.keep == memory(chat: "-1002"))
        let forever = try self.walk(MadeIntegration.notification(), moved, moved, moved)
        #expect(forever.requests.count == 2 && forever.outcome != nil)
        let end = try MadeIntegration.notification(status: .resolved, reason: .allResolved)
        let last = try self.walk(end, memory: memory(chat: "-1002"), TelegramTests.sent)
        #expect(try last.requests.first?.json()["chat_id"] == .number(-1002))
    }

    @Test("Markup that Telegram cannot read is sent once more as plain text")
    func plain() throws {
        let settings = "{bot_token: '1:t', chat_id: 5, message: '<b>{{ .CommonAnnotations.summary }}</b> <x>'}"
        let refused = refusal("can't parse entities: unsupported start tag")
        let walk = try walk(MadeIntegration.notification("a < b & c"), as: settings, refused, TelegramTests.sent)
        #expect(walk.requests.count == 2)
        let body = try walk.requests[1].json()
        #expect(body["parse_mode"] == nil && body["text"]?.string?.hasPrefix("a < b & c") == true)
        let never = try self.walk(MadeIntegration.notification(), as: settings, refused, refused)
        #expect(never.requests.count == 2)
    }

    @Test("Settings for topics, silence, replies and labels are sent as Telegram names them")
    func settings() throws {
        let settings = """
            {bot_token: '1:t', chat_id: -1001, message_thread_id: 7, disable_notifications: true, update_message: false, \
            post_updates_to_thread: true, channel_by_label: {label: team, values: {db: '-5'}}, \
            mention_by_label: {label: team, values: {db: '@jane'}}}
            """
        var memory = VendorMemory()
        (memory["asked"], memory["message"]) = ("-5", "42")
        let repeated = try MadeIntegration.notification(reason: .repeatInterval)
        let request = try #require(try walk(repeated, as: settings, memory: memory).requests.first)
        #expect(try Contract.violations("telegram", request.body).isEmpty)
        let body = try request.json()
        #expect(body["chat_id"] == .number(-5) && body["message_thread_id"] == .number(7))
        #expect(body["disable_notification"] == .bool(true) && body["reply_parameters"]?["message_id"] == .number(42))
        #expect(body["text"]?.string?.hasPrefix("@jane\n") == true)
    }
}
