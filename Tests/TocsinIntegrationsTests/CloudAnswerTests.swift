import Foundation
import Testing
import TocsinCore
import TocsinIntegrations

/// What answers of cloud services mean, and what previews show of requests to them.
@Suite("Answers of cloud services")
struct CloudAnswerTests {
    private static let kinds: [String: (kind: String, settings: String)] = [
        "aws-eventbridge": (
            "eventbridge", "{sigv4: {region: r, access_key: A, secret_key: hunter2hunter2, session_token: hunter2x}}"
        ),
        "azure-eventgrid": ("azure_eventgrid", "{endpoint: 'https://t.example', access_key: aHVudGVyMmh1bnRlcjI=}"),
        "azure-servicebus": ("azure_servicebus", "{namespace: n, entity: q, policy: p, key: hunter2hunter2}"),
        "gcp-pubsub": ("gcp_pubsub", "{project: p, topic: t}"),
        "cloudevents": (
            "cloudevents", "{url: 'https://e.example/a/b', headers: {X-Key: hunter2hunter2}}"
        ),
    ]

    @Test("Every documented answer means what its vendor says")
    func verdicts() throws {
        let whole = JSONValue(try JSONSerialization.jsonObject(with: Contract.data("responses-cloud.json")))
        let rows = try #require(whole["rows"]?.array)
        for row in rows {
            let made = try #require(CloudAnswerTests.kinds[row["integration"]?.string ?? ""])
            let headers = (row["headers"]?.object ?? [:]).map {
                (name: $0.key.lowercased(), value: $0.value.string ?? "")
            }
            let response = DeliveryResponse.answer(
                Int(row["status"]?.number ?? 0), try text(row["body"]), headers: headers)
            let outcome = try MadeIntegration.make(made.kind, made.settings).outcome(
                of: response, now: GeneratedNotification.now)
            let word =
                switch outcome {
                case .delivered: "ok"
                case .retry: "retry"
                case .reject: "permanent"
                case .disable: "disable"
                case .reauthenticate: "auth"
                case .split: "split"
                }
            #expect(word == row["verdict"]?.string, "\(row)")
            if let hint = response.header("retry-after"), case .retry(let wait, _) = outcome {
                #expect(wait == .seconds(Int64(hint) ?? -1))
            }
        }
    }

    private func text(_ value: JSONValue?) throws -> String {
        guard let value, value != .null else { return "" }
        if let text = value.string { return text }
        func plain(_ value: JSONValue) -> Any {
            switch value {
            case .null: NSNull()
            case .bool(let flag): flag
            case .number(let number): number
            case .string(let text): text
            case .array(let items): items.map(plain)
            case .object(let members): members.mapValues(plain)
            }
        }
        return String(decoding: try JSONSerialization.data(withJSONObject: plain(value)), as: UTF8.self)
    }

    @Test("No secret is shown", arguments: kinds.keys.sorted())
    func masked(name: String) throws {
        let made = try #require(CloudAnswerTests.kinds[name])
        let request = try MadeIntegration.make(made.kind, made.settings).request(
            for: MadeIntegration.notification(), attempt: 1, now: GeneratedNotification.now)
        for text in [request.masked(), request.maskedJSON()] {
            #expect(!text.contains("hunter2") && !text.contains("aHVudGVyMg") && !text.contains("/a/b"))
        }
    }
}
