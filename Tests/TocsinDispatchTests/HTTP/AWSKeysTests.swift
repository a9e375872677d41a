import Synchronization
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@testable import TocsinDispatch

@Suite("Requests that are signed with fetched keys", .timeLimit(.minutes(5)))
struct AWSKeysTests {
    /// A message for a topic whose keys are the machine's.
    private func request(_ server: FakeReceiver) throws -> DeliveryRequest {
        let directory = try TemporaryDirectory()
        try directory.write(
            "a:\n  receivers:\n    - {name: t, channel_type: sns, config: {api_url: '\(server.url)/sns', topic_arn: x, "
                + "sigv4: {region: eu-west-1}}}\n", to: "receivers.yaml")
        let (configuration, issues) = ConfigurationLoader.load(
            path: try directory.write("", to: "tocsin.yaml"), environment: [:])
        let tenant = try #require(configuration?.tenants.values.first, "\(issues)")
        let found = IssueCollector()
        let made = IntegrationRegistry.standard.make(
            try #require(tenant.receivers.first), tenant: tenant.id, issues: found,
            environment: SecretSource(
                environment: ["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url], baseDirectory: "/"))
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let alert = Alert(
            labels: LabelSet([("alertname", "A")]), annotations: LabelSet(), startsAt: now, endsAt: now, updatedAt: now,
            generatorURL: "", timeout: false)
        let notification = TocsinAlerts.Notification(
            id: NotificationID("1"), tenant: tenant.id, receiver: "t", groupKey: "{}", groupLabels: LabelSet(),
            alerts: [NotifiedAlert(alert: alert, status: .firing)], truncatedAlerts: 0, reason: .firstNotification,
            externalURL: "", createdAt: now, sequence: 1)
        return try #require(made, "\(found.issues)").request(for: notification, attempt: 1, now: now)
    }

    @Test(
        "the keys of the machine's role are fetched once, sign what is sent, and are fetched anew when they have ended")
    func machine() async throws {
        let number = Mutex(0)
        let answer: @Sendable (ReceivedRequest) -> FakeAnswer = { request in
            switch request.path {
            case "/latest/api/token": .status(200, body: "token")
            case "/latest/meta-data/iam/security-credentials/": .status(200, body: "role")
            case "/latest/meta-data/iam/security-credentials/role":
                .status(
                    200,
                    body: """
                        {"AccessKeyId": "ASIA\(number.withLock { $0 += 1; return $0 })", "SecretAccessKey": "s", \
                        "Token": "hunter2", "Expiration": "2099-01-01T00:00:00Z"}
                        """)
            default:
                request.header("authorization")?.contains("ASIA1/") == true
                    ? .status(403, body: "<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>")
                    : .ok
            }
        }
        try await FakeReceiver.withReceiver(answer: answer) { server in
            try await withTransport { transport in
                let request = try request(server)
                for _ in 0..<2 {
                    let status = try await transport.send(request).status
                    #expect(status == 200)
                }
                let sent = server.requests.filter { $0.path == "/sns/" }
                #expect(sent.count == 3)
                for (message, key) in zip(sent, ["ASIA1", "ASIA2", "ASIA2"]) {
                    #expect(message.header("authorization")?.contains("Credential=\(key)/") == true)
                    #expect(message.header("x-amz-security-token") == "hunter2")
                }
                #expect(server.requests.count { $0.path == "/latest/api/token" } == 2)
            }
        }
    }
}
