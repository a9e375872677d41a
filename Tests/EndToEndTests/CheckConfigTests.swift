import Testing
import TocsinTesting

/// What `tocsin check-config` says before anything is started.
@Suite("Checked configurations", .timeLimit(.minutes(4)))
struct CheckConfigTests {
    @Test("addresses that the guard refuses are told with their place, and none that is allowed or a name")
    func refusedAddresses() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            """
            acme:
              receivers:
                - {name: a, channel_type: webhook, config: {url: 'http://169.254.169.254/latest'}}
                - {name: b, channel_type: webhook, config: {url: 'http://localhost:9/'}}
                - {name: c, channel_type: webhook, config: {url: 'https://10.1.2.3/x'}}
                - {name: d, channel_type: webhook, config: {url: 'https://[::ffff:192.168.0.1]/x'}}
                - {name: e, channel_type: webhook, config: {url: 'https://hooks.example.com/x'}}
                - {name: f, channel_type: webhook, enabled: false, config: {url: 'http://127.0.0.1/'}}

            """, to: "receivers.yaml")
        let main = try directory.write("delivery: {allow_networks: [10.1.0.0/16]}\n", to: "tocsin.yaml")
        let process = try ChildProcess(
            Deployment.executable, ["check-config", main], environment: ["TOCSIN_ALLOW_NETWORKS": ""])
        #expect(try await process.waitForEnd() == .exit(0), "it is a warning: \(process.transcript)")
        let lines = process.lines(.output).filter { $0.contains("address_refused") }
        #expect(lines.count == 3, "\(process.transcript)")
        for (line, words) in zip(lines, [(":3:", "metadata"), (":4:", "loopback"), (":6:", "private")]) {
            #expect(line.contains(words.0) && line.contains(words.1) && line.contains("acme"), "\(line)")
        }
    }
}
