import Foundation
import Testing
import TocsinTesting

@Suite("A real Prometheus", .timeLimit(.minutes(8)))
struct PrometheusTests {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/prometheus")

    @Test("a firing rule reaches an HTTPS receiver, firing and resolved, label for label", .enabled(if: isInstalled))
    func firingAndResolved() async throws {
        try await FakeReceiver.withReceiver(tls: try FakeReceiver.TLS(minimum: .v13)) { receiver in
            let authority = try #require(receiver.authorityFile)
            let deployment = try Deployment(
                tenants: """
                    acme:
                      route: {receivers: [hook], group_by: [alertname], group_wait: 0s, group_interval: 1s}
                      receivers:
                        - name: hook
                          channel_type: webhook
                          config: {url: "\(receiver.url)/hook"}
                    """, server: "delivery:\n  ca_file: \(authority)\n")
            let node = try await deployment.startServe()
            let directory = try TemporaryDirectory()
            try directory.write(rule("vector(1) > 0"), to: "rules.yml")
            try directory.write(configuration(port: node.port), to: "prometheus.yml")
            let prometheus = try ChildProcess(
                "prometheus",
                [
                    "--config.file=\(directory.file("prometheus.yml"))",
                    "--storage.tsdb.path=\(directory.file("tsdb"))",
                    "--web.listen-address=127.0.0.1:\(try FreePort.find())", "--log.level=warn",
                    "--rules.alert.resend-delay=2s",
                ])
            try await eventually(deadline: .seconds(60), "the alert has fired:\n\(node.process.transcript)") {
                receiver.requests.contains { self.statuses(in: $0).contains("firing") }
            }
            try directory.write(rule("vector(0) > 0"), to: "rules.yml")
            prometheus.signal(SIGHUP)
            try await eventually(deadline: .seconds(90), "the alert is over:\n\(node.process.transcript)") {
                receiver.requests.contains { self.statuses(in: $0).contains("resolved") }
            }
            try check(receiver.requests)
            try await prometheus.terminate()
            try await node.process.terminate(deadline: .seconds(60))
        }
    }

    private struct Message: Decodable {
        struct Alert: Decodable {
            let status: String
            let labels: [String: String]
            let annotations: [String: String]
            let generatorURL: String
        }
        let status: String
        let alerts: [Alert]
    }

    private func statuses(in request: ReceivedRequest) -> [String] {
        (try? request.json(as: Message.self))?.alerts.map(\.status) ?? []
    }

    private func check(_ requests: [ReceivedRequest]) throws {
        let messages = try requests.map { try $0.json(as: Message.self) }
        #expect(messages.first?.status == "firing")
        #expect(messages.last?.status == "resolved")
        for alert in messages.flatMap(\.alerts) {
            #expect(
                alert.labels == ["alertname": "Always", "severity": "critical", "team": "a <b> & \"c\"", "site": "eu"])
            #expect(alert.annotations == ["summary": "ümläut ✓ <1 & 2>"])
            #expect(alert.generatorURL.contains("/graph?"))
        }
        let ids = requests.compactMap { $0.header("webhook-id") }
        #expect(ids.count == requests.count && Set(ids).count == ids.count)
    }

    private func rule(_ expression: String) -> String {
        """
        groups:
          - name: test
            interval: 1s
            rules:
              - alert: Always
                expr: \(expression)
                labels: {severity: critical, team: 'a <b> & "c"'}
                annotations: {summary: "ümläut ✓ <1 & 2>"}
        """
    }

    private func configuration(port: Int) -> String {
        """
        global: {evaluation_interval: 1s, external_labels: {site: eu}}
        rule_files: [rules.yml]
        alerting:
          alertmanagers:
            - path_prefix: /t/acme
              static_configs: [{targets: ["127.0.0.1:\(port)"]}]
        """
    }
}
