import Foundation
import Testing
import TocsinAlerts
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@Suite("Twilio")
struct TwilioTests {
    private static let sid = "AC00000000000000000000000000000000"
    private static let account = "account_sid: \(sid), auth_token: token, from: '+15557654321'"
    private static let one = account + ", to: '+15551234567'"
    private static let three = account + ", to: ['+15551234561', '+15551234562', '+15551234563']"
    private static let base = "https://api.twilio.com/2010-04-01/Accounts/\(sid)/"
    private static let queued = DeliveryResponse.answer(201, #"{"sid":"SM0","status":"queued","error_code":null}"#)
    private static let optedOut = DeliveryResponse.answer(
        400, #"{"code":21610,"message":"Attempt to send to unsubscribed recipient","status":400}"#)
    private static let busy = DeliveryResponse.answer(
        429, #"{"code":20429,"message":"Too Many Requests","status":429}"#)

    private func walk(
        kind: String = "twilio_sms", _ settings: String, of notification: TocsinAlerts.Notification? = nil,
        attempt: Int = 1, memory: VendorMemory = VendorMemory(), _ answers: DeliveryResponse...
    ) throws -> Walk {
        try Walk(
            MadeIntegration.make(kind, "{\(settings)}"),
            Delivery(
                try notification ?? MadeIntegration.notification(), attempt: attempt, memory: memory,
                now: GeneratedNotification.now), answers: answers)
    }

    /// The members of a form; those that stand there several times as a list.
    private func form(_ request: DeliveryRequest?) throws -> [String: JSONValue] {
        let request = try #require(request)
        #expect(request.header("content-type") == "application/x-www-form-urlencoded")
        var members: [String: JSONValue] = [:]
        for pair in String(decoding: request.body, as: UTF8.self).split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let texts = parts.map { $0.replacing("+", with: " ").removingPercentEncoding ?? "?" }
            let old = members[texts[0]]?.array ?? []
            let isList = texts[0] == "StatusCallbackEvent"
            members[texts[0]] = isList ? .array(old + [.string(texts[1])]) : .string(texts[1])
        }
        return members
    }

    private func violations(_ kind: String, _ request: DeliveryRequest?) throws -> [String] {
        func plain(_ value: JSONValue) -> Any { value.string ?? (value.array ?? []).map(plain) }
        let members = try form(request).mapValues(plain)
        return try Contract.violations(kind, Array(JSONSerialization.data(withJSONObject: members)))
    }

    @Test("Every message and every call is one that Twilio takes", arguments: 1...25 as ClosedRange<UInt64>)
    func generated(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let notification = try GeneratedNotification.make(&random)
        for settings in [
            TwilioTests.one,
            TwilioTests.one + ", max_segments: 10, message: '{{ .CommonLabels }}{{ .CommonAnnotations }}'",
        ] {
            let sms = try walk(settings, of: notification).requests.first
            #expect(try violations("twilio-sms", sms).isEmpty, "seed \(seed)")
            #expect((try form(sms)["Body"]?.string ?? "").utf16.count <= 1600, "seed \(seed)")
        }
        let integration = try MadeIntegration.make(
            "twilio_voice", "{\(TwilioTests.one), acknowledge_url: 'https://t.example/g?a=1&b=2', voice: Polly.Joanna}")
        let call = try integration.request(for: notification, attempt: 1, now: GeneratedNotification.now)
        #expect(try violations("twilio-call", call).isEmpty, "seed \(seed)")
        let document = try #require(try form(call)["Twiml"]?.string)
        #expect(document.utf16.count <= 4000, "seed \(seed)")
        #expect(try elements(document).names == ["Response", "Gather", "Say"], "seed \(seed)")
    }

    /// What an XML parser reads.
    private func elements(_ document: String) throws -> (names: [String], text: String, attributes: [String: String]) {
        let pattern = #/<(\/?)([A-Za-z]+)((?: [a-zA-Z]+="[^"<]*")*)>/#
        let names = document.matches(of: pattern).filter { $0.1.isEmpty }.map { String($0.2) }
        var attributes: [String: String] = [:]
        for match in document.matches(of: #/ ([a-zA-Z]+)="([^"]*)"/#) {
            attributes[String(match.1)] = unescape(String(match.2))
        }
        let rest = document.replacing(pattern, with: "")
        #expect(!rest.contains("<") && rest.firstMatch(of: #/&(?!(amp|lt|gt|quot|apos);)/#) == nil)
        return (names, unescape(rest), attributes)
    }

    private func unescape(_ text: String) -> String {
        text.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
            .replacing("&apos;", with: "'").replacing("&amp;", with: "&")
    }

    @Test("What alerts say arrives as text", arguments: GeneratedNotification.hostileTexts)
    func hostile(text: String) throws {
        let notification = try MadeIntegration.notification(text)
        let words = text.replacing("\r\n", with: "\n").replacing("\n", with: " ")
        let sms = try form(try walk(TwilioTests.one + ", max_segments: 10", of: notification).requests.first)
        #expect(sms["Body"] == .string("[FIRING:1] Disk\n" + words))
        let call = try form(try walk(kind: "twilio_voice", TwilioTests.one, of: notification).requests.first)
        let read = try elements(call["Twiml"]?.string ?? "")
        #expect(read.names == ["Response", "Say"] && read.text == "One alert is firing. Disk: \(words).")
    }

    @Test("Requests are those of the vendor's own library")
    func goldens() throws {
        func golden(_ name: String) throws -> [String: JSONValue] {
            let value = try JSONSerialization.jsonObject(with: Contract.data("goldens/\(name).json"))
            return try #require(JSONValue(value).object)
        }
        let message = try golden("twilio-messages")
        let settings =
            TwilioTests.one + ", status_callback: 'https://tocsin.example.com/cb', message: '[FIRING] High error rate'"
        let sms = try #require(try walk(settings).requests.first)
        #expect(String(decoding: sms.body, as: UTF8.self) == message["body_text"]?.string)
        #expect(sms.url.reveal().hasSuffix(message["target"]?.string ?? "?"))
        let credentials = message["headers"]?.array?.first { $0[0] == .string("Authorization") }?[1]?.string
        #expect(sms.header("authorization") == credentials && sms.method == "POST")

        let call = try golden("twilio-calls")
        let voice = try #require(
            try walk(kind: "twilio_voice", TwilioTests.one + ", message: hi, status_callback: 'https://t.example'")
                .requests
                .first)
        #expect(voice.url.reveal().hasSuffix(call["target"]?.string ?? "?"))
        let members = try form(voice)
        #expect(members["StatusCallbackEvent"] == call["body_form"]?["StatusCallbackEvent"])
        #expect(members["Twiml"] == .string("<Response><Say loop=\"2\">hi</Say></Response>"))
        #expect(members["To"] == call["body_form"]?["To"] && members["From"] == call["body_form"]?["From"])
    }

    @Test("A key instead of the token, a service instead of a number, and another region")
    func settings() throws {
        let settings = """
            account_sid: \(TwilioTests.sid), api_key_sid: SK1, api_key_secret: s, to: '+15551234567', \
            messaging_service_sid: MG00000000000000000000000000000000, api_url: 'https://api.dublin.ie1.twilio.com'
            """
        let request = try #require(try walk(settings).requests.first)
        #expect(request.header("authorization") == "Basic " + Data("SK1:s".utf8).base64EncodedString())
        #expect(request.url.reveal().hasPrefix("https://api.dublin.ie1.twilio.com/2010-04-01/Accounts/AC0"))
        let members = try form(request)
        #expect(members["MessagingServiceSid"] != nil && members["From"] == nil && members["StatusCallback"] == nil)
        let call = try form(
            try walk(
                kind: "twilio_voice", TwilioTests.one + ", ring_time: 30s, acknowledge_url: 'https://t.example/g?a=1&b'"
            )
            .requests.first)
        let read = try elements(call["Twiml"]?.string ?? "")
        #expect(call["Timeout"] == .string("30") && read.attributes["action"] == "https://t.example/g?a=1&b")
        #expect(read.attributes["numDigits"] == "1" && read.text.hasSuffix(" Press 1 to acknowledge."))
    }

    @Test("Several numbers are several requests, and none that took the message gets it again")
    func several() throws {
        let all = try walk(TwilioTests.three, TwilioTests.queued, TwilioTests.queued, TwilioTests.queued)
        #expect(all.steps == ["send +15551234561", "send +15551234562", "send +15551234563"])
        #expect(all.outcome == .delivered(vendorID: "SM0") && all.keep == VendorMemory())

        let stopped = try walk(TwilioTests.three, TwilioTests.queued, TwilioTests.busy)
        #expect(stopped.outcome == .retry(after: nil, reason: .rateLimited))
        let kept = try #require(stopped.keep)
        let list = DeliveryResponse.answer(200, #"{"messages":[]}"#)
        let next = try walk(
            TwilioTests.three, attempt: 2, memory: kept, list, TwilioTests.queued, list, TwilioTests.queued)
        #expect(
            next.steps == [
                "look +15551234562", "send +15551234562", "look +15551234563", "send +15551234563",
            ])
        #expect(next.outcome == .delivered(vendorID: "SM0"))
        // What was kept of one notification says nothing of the next.
        var other = kept
        other["notification"] = "another"
        #expect(try walk(TwilioTests.three, memory: other).steps == ["send +15551234561"])
    }

    @Test("A message whose answer was lost is found by its words, and not sent again")
    func unclear() throws {
        let body = "[FIRING:1] Disk\\ns"
        func list(_ body: String, _ date: String, _ status: String = "delivered") -> DeliveryResponse {
            .answer(200, #"{"messages":[{"body":"\#(body)","date_created":"\#(date)","status":"\#(status)"}]}"#)
        }
        let sent = try walk(TwilioTests.one, attempt: 2, list(body, "Fri, 15 Jan 2027 08:00:01 +0000"))
        #expect(sent.steps == ["look +15551234567"] && sent.outcome == .delivered(vendorID: nil))
        #expect(sent.requests[0].method == "GET" && sent.requests[0].body.isEmpty)
        #expect(
            sent.requests[0].url.reveal()
                == TwilioTests.base + "Messages.json?To=%2B15551234567&DateSent%3E=2027-01-15&PageSize=50")
        for answer in [
            list(body, "Fri, 15 Jan 2027 07:00:00 +0000"), list("other", "Fri, 15 Jan 2027 08:00:01 +0000"),
            list(body, "Fri, 15 Jan 2027 08:00:01 +0000", "failed"), .answer(403), .answer(200, "x"),
        ] {
            let again = try walk(TwilioTests.one, attempt: 2, answer, TwilioTests.queued)
            #expect(again.steps == ["look +15551234567", "send +15551234567"])
        }
        #expect(try walk(kind: "twilio_voice", TwilioTests.one, attempt: 2).steps == ["send +15551234567"])
    }

    @Test("Numbers that refuse are told of, and do not keep the others from being reached")
    func refused() throws {
        let walk = try walk(TwilioTests.three, TwilioTests.optedOut, TwilioTests.queued, TwilioTests.queued)
        #expect(walk.steps.count == 3)
        #expect(
            walk.outcome == .reject(reason: FailureReason("http_400", detail: "code 21610, 1 of 3 numbers")))
        let again = try self.walk(TwilioTests.three, attempt: 2, memory: try #require(walk.keep))
        #expect(again.steps.isEmpty)
    }

    @Test("The end is a second message, but no call")
    func resolved() throws {
        let end = try MadeIntegration.notification(status: .resolved, reason: .allResolved)
        let sms = try form(try walk(TwilioTests.one, of: end).requests.first)
        #expect(sms["Body"]?.string?.hasPrefix("[RESOLVED] Disk\n") == true)
        let call = try walk(kind: "twilio_voice", TwilioTests.one, of: end)
        #expect(call.steps.isEmpty && call.outcome == .delivered(vendorID: nil))
        #expect(try !MadeIntegration.make("twilio_voice", "{\(TwilioTests.one)}").sendsResolved)
    }

    @Test(
        "A message takes no more segments than it may",
        arguments: [
            ("a", 160, 1, 160), ("a", 161, 1, 160), ("a", 307, 2, 306), ("€", 81, 1, 80), ("日", 71, 1, 70),
            ("日", 202, 3, 201), ("👩‍👩‍👧‍👦", 200, 3, 201), ("a", 5000, 10, 1530), ("日", 5000, 10, 670),
        ])
    func segments(piece: String, count: Int, segments: Int, places: Int) throws {
        let text = String(repeating: piece, count: count)
        let settings = TwilioTests.one + ", max_segments: \(segments), message: '\(text)'"
        let body = try #require(try form(try walk(settings).requests.first)["Body"]?.string)
        let used = piece == "€" ? body.count + body.count(where: { $0 == "€" }) : body.utf16.count
        #expect(used <= (piece == "€" ? 160 : places))
        if text.utf16.count > places { #expect(body.hasSuffix("...")) } else { #expect(body == text) }
        #expect(body.replacing(piece, with: "").allSatisfy { $0 == "." })
    }
}
