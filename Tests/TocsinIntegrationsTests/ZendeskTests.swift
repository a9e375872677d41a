import Foundation
import Testing
import TocsinAlerts
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@Suite("Zendesk")
struct ZendeskTests {
    private static let settings = "subdomain: acme, email: a@b.example, api_token: t"
    private static let base = "https://acme.zendesk.com/api/v2/tickets"
    private static let nothing = DeliveryResponse.answer(200, #"{"tickets":[],"count":0}"#)
    private static let created = DeliveryResponse.answer(201, #"{"ticket":{"id":35436,"status":"new"}}"#)

    private static func known(_ status: String = "open") -> DeliveryResponse {
        .answer(200, #"{"ticket":{"id":35436,"status":"\#(status)"}}"#)
    }

    private func walk(
        _ settings: String, _ notification: TocsinAlerts.Notification, memory: VendorMemory = VendorMemory(),
        isUnclear: Bool = false, _ answers: DeliveryResponse...
    ) throws -> Walk {
        try walk(settings, notification, memory, isUnclear, answers)
    }

    private func walk(
        _ notification: TocsinAlerts.Notification, memory: VendorMemory = VendorMemory(), isUnclear: Bool = false,
        _ answers: DeliveryResponse...
    ) throws -> Walk {
        try walk(ZendeskTests.settings, notification, memory, isUnclear, answers)
    }

    private func walk(
        _ settings: String, _ notification: TocsinAlerts.Notification, _ memory: VendorMemory, _ isUnclear: Bool,
        _ answers: [DeliveryResponse]
    ) throws -> Walk {
        let delivery = Delivery(
            notification, isUnclear: isUnclear, memory: memory, now: GeneratedNotification.now)
        return try Walk(MadeIntegration.make("zendesk", "{\(settings)}"), delivery, answers: answers)
    }

    private func kept() throws -> VendorMemory {
        try #require(try walk(MadeIntegration.notification(), ZendeskTests.nothing, ZendeskTests.created).keep)
    }

    private func end() throws -> TocsinAlerts.Notification {
        try MadeIntegration.notification(status: .resolved, reason: .allResolved)
    }

    @Test("Every ticket and every change is one that Zendesk takes", arguments: 1...25 as ClosedRange<UInt64>)
    func generated(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let notification = try GeneratedNotification.make(&random)
        for settings in [
            ZendeskTests.settings,
            ZendeskTests.settings + ", message: '{{ .CommonLabels }}', tags: ['{{ .Receiver }}']",
        ] {
            let integration = try MadeIntegration.make("zendesk", "{\(settings)}")
            let create = try integration.request(for: notification, attempt: 1, now: GeneratedNotification.now)
            #expect(try Contract.violations("zendesk", create.body).isEmpty, "seed \(seed)")
            let change = try #require(
                try walk(settings, notification, memory: kept(), ZendeskTests.known()).requests.last)
            #expect(try Contract.violations("zendesk-update", change.body).isEmpty, "seed \(seed)")
            for request in [create, change] {
                let html = try request.json()["ticket"]?["comment"]?["html_body"]?.string ?? ""
                #expect(html.utf8.count <= 65_536 && !html.contains("{") && !html.isEmpty, "seed \(seed)")
                let rest = html.replacing(/<\/?b>|<br>|<a href="https?:[^"<>]*">|<\/a>/, with: "")
                #expect(!rest.contains("<") && !rest.contains(">"), "seed \(seed)")
            }
        }
    }

    @Test("What alerts say arrives as text", arguments: GeneratedNotification.hostileTexts)
    func hostile(text: String) throws {
        let walk = try walk(MadeIntegration.notification(text), ZendeskTests.nothing)
        let html = try #require(try walk.requests.last?.json()["ticket"]?["comment"]?["html_body"]?.string)
        let words = text.replacing("\r\n", with: "\n").replacing("\n", with: " ").replacing("&", with: "&amp;")
            .replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
            .replacing("'", with: "&#39;").replacing("{", with: "&#123;").replacing("}", with: "&#125;")
        #expect(html.hasPrefix("<b>Firing: \(words)</b><br>"))
    }

    @Test("A group has one ticket: found before it is made, told what changed, and solved")
    func life() throws {
        let first = try walk(MadeIntegration.notification(), ZendeskTests.nothing, ZendeskTests.created)
        #expect(first.steps == ["search", "create"] && first.outcome == .delivered(vendorID: "35436"))
        let ticket = try #require(try first.requests[1].json()["ticket"])
        let marker = try #require(ticket["external_id"]?.string)
        #expect(first.requests[0].url.reveal() == ZendeskTests.base + "?external_id=\(marker)")
        #expect(first.requests[1].url.reveal() == ZendeskTests.base)
        #expect(first.requests[1].header("idempotency-key") == "0b1c")
        #expect(
            first.requests[1].header("authorization")
                == "Basic " + Data("a@b.example/token:t".utf8).base64EncodedString())
        #expect(ticket["priority"] == .string("urgent") && ticket["type"] == .string("incident"))
        #expect(ticket["comment"]?["public"] == .bool(false) && ticket["tags"] == .array([.string("tocsin")]))
        let memory = try #require(first.keep)

        let again = try MadeIntegration.notification(reason: .repeatInterval)
        let second = try walk(again, memory: memory, ZendeskTests.known())
        #expect(second.steps == ["ticket"] && second.keep == memory)

        let more = try MadeIntegration.notification(count: 2, reason: .newAlerts)
        let third = try walk(more, memory: memory, ZendeskTests.known(), ZendeskTests.known())
        #expect(third.steps == ["ticket", "change"] && third.requests[1].method == "PUT")
        #expect(third.requests[1].url.reveal() == ZendeskTests.base + "/35436")
        #expect(third.requests[1].paces.map(\.burst) == [30])

        let last = try walk(end(), memory: memory, ZendeskTests.known(), ZendeskTests.known("solved"))
        let change = try #require(try last.requests.last?.json()["ticket"])
        #expect(change["status"] == .string("solved") && change["comment"]?["public"] == .bool(false))
        #expect(last.outcome == .delivered(vendorID: "35436"))
    }

    @Test("A ticket whose making was not answered is found, not made again")
    func unclear() throws {
        let two = DeliveryResponse.answer(
            200, #"{"tickets":[{"id":7,"status":"closed"},{"id":35436,"status":"new"}]}"#)
        let found = try walk(MadeIntegration.notification(), isUnclear: true, two)
        #expect(found.steps == ["search"] && found.outcome == .delivered(vendorID: "35436"))
        #expect(try found.keep == kept())
        let other = DeliveryResponse.answer(400, #"{"error":"IdempotentRequestError","description":"mismatch"}"#)
        let used = try walk(MadeIntegration.notification(), ZendeskTests.nothing, other)
        guard case .retry = used.outcome else { return #expect(Bool(false), "\(used)") }
    }

    @Test(
        "What is over is opened again or replaced while alerts fire, and is an end when they end",
        arguments: ["solved", "closed", "404"])
    func over(status: String) throws {
        let answer = status == "404" ? DeliveryResponse.answer(404) : ZendeskTests.known(status)
        let firing = try MadeIntegration.notification(count: 2)
        for settings in [ZendeskTests.settings, ZendeskTests.settings + ", reopen: false"] {
            let opens = status == "solved" && settings == ZendeskTests.settings
            let walk = try walk(
                settings, firing, memory: kept(), answer, opens ? ZendeskTests.known() : ZendeskTests.nothing,
                ZendeskTests.created)
            #expect(walk.steps == (opens ? ["ticket", "change"] : ["ticket", "search", "create"]))
            if opens { #expect(try walk.requests.last?.json()["ticket"]?["status"] == .string("open")) }
        }
        let last = try walk(end(), memory: kept(), answer, ZendeskTests.nothing)
        guard case .delivered = last.outcome else { return #expect(Bool(false), "\(last)") }
        #expect(!last.steps.contains("create") && !last.steps.contains("change"))
    }

    @Test("A ticket that is closed at the last moment is an end too")
    func closed() throws {
        let refusal = DeliveryResponse.answer(
            422,
            #"{"error":"RecordInvalid","details":{"status":[{"description":"Status: closed prevents ticket update"}]}}"#
        )
        let last = try walk(end(), memory: kept(), ZendeskTests.known(), refusal)
        #expect(last.outcome == .delivered(vendorID: nil) && last.keep == VendorMemory())
        let firing = try MadeIntegration.notification(count: 2)
        let again = try walk(firing, memory: kept(), ZendeskTests.known(), refusal, ZendeskTests.created)
        #expect(again.steps == ["ticket", "change", "create"])
        let invalid = DeliveryResponse.answer(422, #"{"error":"RecordInvalid","details":{}}"#)
        let refused = try walk(firing, memory: kept(), ZendeskTests.known(), invalid)
        #expect(refused.outcome == .reject(reason: FailureReason("http_422")))
    }

    @Test("Fields are those of the settings")
    func fields() throws {
        let settings = """
            url: 'https://desk.example', oauth_token: o, title: 't {{ .Status }}', message: "a\\nb <c>", public: true, \
            priority: low, type: problem, tags: ['a b', '{{ .CommonLabels.team }}'], group_id: 5, \
            custom_fields: {1: '7', 2: 'true', 3: '{{ .CommonLabels.team }}'}
            """
        let walk = try walk(settings, MadeIntegration.notification(), ZendeskTests.nothing)
        let request = try #require(walk.requests.last)
        #expect(request.url.reveal() == "https://desk.example/api/v2/tickets")
        #expect(request.header("authorization") == "Bearer o")
        let ticket = try #require(try request.json()["ticket"])
        #expect(ticket["subject"] == .string("t firing") && ticket["priority"] == .string("low"))
        #expect(ticket["comment"]?["html_body"] == .string("a<br>b &lt;c&gt;"))
        #expect(ticket["comment"]?["public"] == .bool(true) && ticket["group_id"] == .number(5))
        #expect(ticket["tags"] == .array([.string("a_b"), .string("db")]) && ticket["type"] == .string("problem"))
        #expect(ticket["custom_fields"]?[0]?["value"] == .number(7))
        #expect(ticket["custom_fields"]?[1]?["value"] == .bool(true))
        #expect(ticket["custom_fields"]?[2]?["value"] == .string("db"))
    }
}
