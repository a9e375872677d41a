import Foundation
import Testing
import TocsinTesting

/// What a tenant's rules mask.
@Suite("Masking", .timeLimit(.minutes(8)))
struct MaskingTests {
    @Test("what the rules name is gone before an alert is kept, and labels that are masked still group")
    func masking() async throws {
        try await FakeReceiver.withReceiver { receiver in
            let deployment = try Deployment(
                tenants: """
                    acme:
                      masking:
                        - {names: [password], action: redact}
                        - {kinds: [ip], in: [labels], names: [instance], action: keep}
                        - {kinds: [email], action: hash}
                        - {kinds: [all], action: redact}
                      route: {receivers: [out], group_by: [customer], group_wait: 0s, group_interval: 1s}
                      receivers: [{name: out, channel_type: webhook, config: {url: '\(receiver.url)'}}]

                    """)
            let node = try await deployment.startServe()
            let body = #"""
                [{"labels":{"alertname":"Pay","customer":"jane@example.com","instance":"10.0.0.1:80","host":"10.0.0.2"},
                  "annotations":{"description":"card 4111 1111 1111 1111, \u0061@b.io","password":"hunter2"},
                  "generatorURL":"http://10.9.9.9/graph?q=a%40b.io"}]
                """#
            let url = "http://127.0.0.1:\(node.port)/t/acme/api/v2/alerts"
            #expect(await HTTP.post(url, body)?.status == 200)
            let text = try await receiver.waitForRequests(1)[0].text
            for word in ["jane", "4111", "hunter2", "10.0.0.2", "10.9.9.9", "a@b.io"] {
                #expect(!text.contains(word), "\(word) in \(text)")
            }
            for word in ["[email:", "card [card], [email:", "10.0.0.1:80", "[redacted]", "http://[ip]/graph"] {
                #expect(text.contains(word), "\(word) not in \(text)")
            }
            // The same alert again is the same alert.
            #expect(await HTTP.post(url, body)?.status == 200)
            let listed = try #require(await HTTP.get(url)?.body)
            #expect(listed.components(separatedBy: "fingerprint").count == 2 && !listed.contains("jane"))
            let metrics = try #require(await HTTP.get("http://127.0.0.1:\(node.port)/metrics")?.body)
            #expect(metrics.contains(#"tocsin_masked_texts_total{tenant="acme"} 10"#), "\(metrics)")
            #expect(try await node.process.terminate() == .exit(0))
        }
    }
}
