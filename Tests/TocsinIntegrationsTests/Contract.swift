import Foundation
import Testing

/// What a vendor takes: its JSON Schema, and the limits on bytes and sums that no schema can say.
enum Contract {
    /// What a body violates.
    ///
    /// - Parameter kind: The schema's name, such as `slack-update`.
    static func violations(_ kind: String, _ body: [UInt8]) throws -> [String] {
        let value = try JSONSerialization.jsonObject(with: Data(body), options: .fragmentsAllowed)
        let schema = try JSONSchema(JSONSerialization.jsonObject(with: data("schemas/\(kind).schema.json")))
        let found = schema.violations(of: value)
        return found.isEmpty ? rules(kind, JSONValue(value).object ?? [:], bytes: body.count) : found
    }

    /// A file among the contracts.
    static func data(_ path: String) throws -> Data {
        let folder = try #require(Bundle.module.url(forResource: "Contracts", withExtension: nil))
        return try Data(contentsOf: folder.appendingPathComponent(path))
    }

    /// A request of a vendor's own library.
    static func golden(_ name: String) throws -> JSONValue {
        JSONValue(try JSONSerialization.jsonObject(with: data("goldens/\(name).json")))
    }

    /// The most bytes of a whole body.
    private static let largestBody = [
        "teams": 28 * 1024, "pagerduty": 512 * 1024, "pagerduty-change": 512 * 1024, "matrix": 60_000,
        "newrelic": 1_000_000, "azure-eventgrid": 1 << 20, "azure-eventgrid-cloudevents": 1 << 20,
        "gcp-pubsub": 10 << 20,
    ]

    /// The most bytes of a member.
    private static let largestMember = [
        "aws-sns": ["Message": 262_144], "webex": ["text": 7439, "markdown": 7439], "ntfy": ["message": 4096],
    ]

    private static func rules(_ kind: String, _ body: [String: JSONValue], bytes: Int) -> [String] {
        var found: [String] = []
        if let most = largestBody[kind], bytes > most { found.append("\(bytes) bytes, more than \(most)") }
        for (name, most) in largestMember[kind] ?? [:] {
            let count = body[name]?.string?.utf8.count ?? 0
            if count > most { found.append("\(name): \(count) bytes, more than \(most)") }
        }
        switch kind {
        case "discord", "discord-update":
            let sum = (body["embeds"]?.array ?? []).map(embedCharacters).reduce(0, +)
            if sum > 6000 { found.append("the embeds have \(sum) characters, more than 6000") }
        case "opsgenie":
            let details = (body["details"]?.object ?? [:]).map { scalars(.string($0)) + scalars($1) }.reduce(0, +)
            if details > 8000 { found.append("the details have \(details) characters, more than 8000") }
        case "aws-sns":
            if body["MessageStructure"] == .string("json"), nested(body["Message"])?["default"]?.string == nil {
                found.append("Message: is no JSON object with a text 'default'")
            }
        case "aws-eventbridge": found += eventBridge(body)
        default: break
        }
        return found
    }

    /// What Discord counts of an embed, without blanks around it.
    private static func embedCharacters(_ embed: JSONValue) -> Int {
        let members = embed.object ?? [:]
        let fields = (members["fields"]?.array ?? []).flatMap { [$0.object?["name"], $0.object?["value"]] }
        let texts =
            [
                members["title"], members["description"], members["footer"]?.object?["text"],
                members["author"]?.object?["name"],
            ]
            + fields
        return texts.map(scalars).reduce(0, +)
    }

    private static func scalars(_ value: JSONValue?) -> Int {
        (value?.string ?? "").trimmingCharacters(in: .whitespacesAndNewlines).unicodeScalars.count
    }

    private static func nested(_ value: JSONValue?) -> [String: JSONValue]? {
        (try? JSONSerialization.jsonObject(with: Data((value?.string ?? "").utf8))).flatMap { JSONValue($0).object }
    }

    /// The size of an entry counts its time as 14 bytes.
    private static func eventBridge(_ body: [String: JSONValue]) -> [String] {
        let entries = (body["Entries"]?.array ?? []).compactMap(\.object)
        var found: [String] = []
        if entries.contains(where: { nested($0["Detail"]) == nil }) { found.append("Detail: is no JSON object") }
        let sizes = entries.map { entry in
            let texts = ["Source", "DetailType", "Detail"].map { entry[$0] } + (entry["Resources"]?.array ?? [])
            return texts.map { $0?.string?.utf8.count ?? 0 }.reduce(entry["Time"] == nil ? 0 : 14, +)
        }
        if sizes.reduce(0, +) >= 256 * 1024 { found.append("the entries have 256 KB or more") }
        return found
    }
}
