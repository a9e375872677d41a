import Foundation
import Testing

@Suite("Vendors' JSON schemas")
struct JSONSchemaTests {
    private static let examples: [String] = {
        let folder = Bundle.module.url(forResource: "Contracts/examples", withExtension: nil)
        return (folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0.path) } ?? []).sorted()
    }()

    @Test("There are examples, both valid and broken, of every schema")
    func complete() throws {
        let folder = try #require(Bundle.module.url(forResource: "Contracts/schemas", withExtension: nil))
        let schemas = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(!schemas.isEmpty)
        for name in schemas.map({ $0.replacing(".schema.json", with: "") }) {
            #expect(JSONSchemaTests.examples.contains { $0.hasPrefix(name + ".valid") }, "\(name)")
            #expect(JSONSchemaTests.examples.contains { $0.hasPrefix(name + ".invalid") }, "\(name)")
        }
    }

    @Test("Valid examples are taken and broken ones refused", arguments: examples)
    func example(file: String) throws {
        let kind = String(file.prefix { $0 != "." })
        let found = try Contract.violations(kind, Array(Contract.data("examples/\(file)")))
        if file.contains(".valid") {
            #expect(found.isEmpty)
        } else {
            #expect(!found.isEmpty)
            #expect(!found.contains { $0.contains("keyword") })
        }
    }

    @Test(
        "Limits on sums and bytes are exact",
        arguments: [
            ("discord", #"{"embeds":[{"description":"\#(x(4096))"},{"description":"\#(x(1904))"}]}"#, true),
            ("discord", #"{"embeds":[{"description":"\#(x(4096))"},{"description":"\#(x(1905))"}]}"#, false),
            ("aws-sns", #"{"TopicArn":"a","Message":"\#(x(262_144))"}"#, true),
            ("aws-sns", #"{"TopicArn":"a","Message":"\#(x(262_145))"}"#, false),
            ("webex", #"{"roomId":"r","text":"\#(x(7439))"}"#, true),
            ("webex", #"{"roomId":"r","text":"\#(x(7437))é"}"#, true),
            ("webex", #"{"roomId":"r","text":"\#(x(7438))é"}"#, false),
        ])
    func sums(kind: String, body: String, isTaken: Bool) throws {
        #expect(try Contract.violations(kind, Array(body.utf8)).isEmpty == isTaken)
    }

    private static func x(_ count: Int) -> String { String(repeating: "x", count: count) }
}
