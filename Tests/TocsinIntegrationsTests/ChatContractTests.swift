import Foundation
import Testing
import TocsinAlerts
import TocsinCore
import TocsinIntegrations
import TocsinTesting

/// Whatever is told, chats and phones get what their vendors' contracts allow.
@Suite("Contracts of chats and phones")
struct ChatContractTests {
    /// A receiver whose vendor answers with the name of a message, and the schema of its requests.
    struct Row: Sendable, CustomTestStringConvertible {
        let kind: String
        var schema = ""
        let settings: String
        var answer = "{}"

        var testDescription: String { kind + " " + settings }
    }

    private static let rows = [
        Row(kind: "mattermost", settings: "{webhook_url: 'https://m.example', priority: {priority: urgent}}"),
        Row(
            kind: "mattermost", settings: "{server_url: 'https://m.example', token: t, channel_id: c}",
            answer: #"{"id": "p1", "channel_id": "c"}"#),
        Row(
            kind: "rocketchat", schema: "rocketchat-webhook", settings: "{webhook_url: 'https://r.example'}",
            answer: #"{"success": true}"#),
        Row(
            kind: "rocketchat", settings: "{api_url: 'https://r.example', token: t, token_id: u, channel: '#c'}",
            answer: ##"{"success": true, "message": {"_id": "m1", "rid": "GENERAL"}}"##),
        Row(kind: "webex", settings: "{room_id: r, token: t}", answer: #"{"id": "m1", "roomId": "r"}"#),
        Row(
            kind: "matrix", settings: "{server_url: 'https://x.example', token: t, room_id: '!r:x'}",
            answer: #"{"event_id": "$e1"}"#),
        Row(
            kind: "matrix",
            settings: """
                {server_url: 'https://x.example', token: t, room_id: '!r:x', title: '{{ .CommonLabels }}',
                message: '{{ (index .Alerts 0).Annotations }}'}
                """, answer: #"{"event_id": "$e1"}"#),
        Row(
            kind: "pushover",
            settings: """
                {user_key: uuuuuuuuuuuuuuuuuuuuuuuuuuuuuu, token: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, device: phone,
                retry: 1s, expire: 9h}
                """, answer: #"{"status": 1, "receipt": "r1"}"#),
        Row(kind: "ntfy", settings: "{topic: alerts}", answer: #"{"id": "m1"}"#),
        Row(
            kind: "ntfy",
            settings: """
                {topic: alerts, message: '{{ (index .Alerts 0).Annotations }}', priority: '{{ .Status }}',
                actions: [{label: Ack, action: http, url: 'https://a.example', method: POST, clear: true}]}
                """, answer: #"{"id": "m1"}"#),
    ]

    @Test("Every request is one that the vendor takes", arguments: rows)
    func contract(row: Row) throws {
        let integration = try MadeIntegration.make(row.kind, row.settings.replacing("\n", with: " "))
        for round in 0..<12 {
            let seed = UInt64(round)
            var random = SeededGenerator(seed: seed)
            var memory = VendorMemory()
            // The second notification changes what the first one made, if it still fires.
            for _ in 0..<2 {
                let notification = try GeneratedNotification.make(&random)
                let walk = try Walk(
                    integration, Delivery(notification, memory: memory, now: TestReceiver.now),
                    answers: Array(repeating: .answer(200, row.answer), count: 4))
                if case .delivered = walk.outcome {
                } else {
                    Issue.record("seed \(seed): \(String(describing: walk.outcome))")
                }
                for request in walk.requests where !request.url.reveal().contains("/receipts/") {
                    let found = try violations(request, row)
                    #expect(found.isEmpty, "seed \(seed)")
                }
                memory = walk.keep ?? memory
            }
        }
    }

    private func violations(_ request: DeliveryRequest, _ row: Row) throws -> [String] {
        if row.kind == "pushover" {
            return try Contract.violations("pushover", JSONSerialization.data(json(request.form)))
        }
        var body = try request.members
        switch row.kind {
        case "mattermost" where body["message"] != nil:
            // Both ways in take the same texts, under other names.
            let props = try #require(body["props"] as? [String: Any])
            body = ["text": body["message"] as Any, "attachments": props["attachments"] as Any]
        case "rocketchat":
            let text = try #require(body["text"] as? String)
            guard text.utf16.count <= 5000 else { return ["text: \(text.utf16.count) characters"] }
            if row.settings.contains("webhook_url") { body["channel"] = nil }
        case "ntfy":
            guard request.body.count <= 8192 else { return ["\(request.body.count) bytes"] }
        default: break
        }
        return try Contract.violations(row.schema.isEmpty ? row.kind : row.schema, JSONSerialization.data(body))
    }

    /// A form has texts only; those that are numbers for the vendor must look like it.
    private func json(_ form: [String: String]) -> [String: Any] {
        let numbers: Set = ["priority", "retry", "expire", "ttl", "html", "monospace"]
        return form.reduce(into: [:]) { json, member in
            json[member.key] = numbers.contains(member.key) ? Int(member.value) as Any : member.value
        }
    }

    private static let markdownRows = [
        Row(kind: "mattermost", settings: "{webhook_url: 'https://m.example'}"),
        Row(kind: "webex", settings: "{room_id: r, token: t}"),
        Row(kind: "matrix", settings: "{server_url: 'https://x.example', token: t, room_id: '!r:x'}"),
        Row(kind: "rocketchat", settings: "{webhook_url: 'https://r.example'}"),
    ]

    @Test("What alerts say stays text, whatever it looks like", arguments: markdownRows)
    func hostile(row: Row) throws {
        let integration = try MadeIntegration.make(row.kind, row.settings)
        for hostile in GeneratedNotification.hostileTexts where !hostile.contains("\n") {
            let notification = try TestReceiver.notification(summary: hostile)
            let body = try integration.request(for: notification, attempt: 1, now: TestReceiver.now).members
            let text = try #require(
                body["formatted_body"] as? String ?? body["markdown"] as? String
                    ?? ((body["attachments"] as? [[String: Any]])?.first ?? body)["text"] as? String)
            let line = try #require(text.split(separator: "\n").first { $0.contains("🔥 ") && $0.count > 3 })
            let said = line.drop { $0 != "🔥" }.dropFirst(2)
            #expect(try unescaped(String(said), row.kind) == hostile)
        }
    }

    /// What a reader sees, if nothing of it is markup; fails for what is.
    private func unescaped(_ text: String, _ kind: String) throws -> String {
        var out = ""
        var left = Substring(text)
        while let character = left.popFirst() {
            switch (kind, character) {
            case ("mattermost", "\\"), ("webex", "\\"):
                let next = left.popFirst()
                out.append(try #require(next))
            case ("mattermost", "`"), ("mattermost", "*"), ("mattermost", "_"), ("mattermost", "["),
                ("mattermost", "]"), ("mattermost", "~"), ("mattermost", "|"), ("webex", "`"), ("webex", "*"),
                ("webex", "_"), ("webex", "["), ("webex", "]"), ("webex", "<"), ("webex", ">"), ("matrix", "\""):
                Issue.record("'\(character)' is markup in \(text)")
            case ("matrix", "<"):
                #expect(left == "br>")
                left = ""
            case ("webex", "&"), ("matrix", "&"):
                let name = left.prefix { $0 != ";" }
                left = left.dropFirst(name.count + 1)
                out += ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "#39": "'"][String(name)] ?? "?"
            default: out.append(character)
            }
        }
        if kind == "mattermost" || kind == "rocketchat" {
            for sign in kind == "mattermost" ? ["@", "<", "&", "#"] : ["@", "`"] {
                #expect(text.ranges(of: sign).count == text.ranges(of: sign + "\u{2060}").count)
            }
            out = out.unicodeScalars.filter { $0 != "\u{2060}" }.reduce(into: "") { $0.unicodeScalars.append($1) }
        }
        return out.hasSuffix("  ") && kind == "webex" ? String(out.dropLast(2)) : out
    }
}

extension JSONSerialization {
    fileprivate static func data(_ object: [String: Any]) throws -> [UInt8] {
        Array(try JSONSerialization.data(withJSONObject: object))
    }
}
