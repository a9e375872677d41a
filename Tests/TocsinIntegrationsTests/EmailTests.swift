import Foundation
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@Suite("E-mail")
struct EmailTests {
    private static let now = Timestamp(milliseconds: 1_795_579_445_000)

    private func make(_ config: String) throws -> (made: (any Integration)?, issues: [ConfigurationIssue]) {
        let directory = try TemporaryDirectory()
        try directory.write(
            "acme: {receivers: [{name: mail, channel_type: email, config: \(config)}]}", to: "receivers.yaml")
        let main = try directory.write("", to: "tocsin.yaml")
        let (configuration, issues) = ConfigurationLoader.load(path: main, environment: [:])
        let receiver = try #require(configuration?.tenants.values.first?.receivers.first, "\(issues)")
        let found = IssueCollector()
        let made = IntegrationRegistry.standard.make(
            receiver, tenant: try #require(TenantID("acme")), issues: found,
            environment: SecretSource(environment: [:], baseDirectory: "/"))
        return (made, found.issues)
    }

    private func notification(
        _ summary: String, id: String = "0b1c", status: AlertStatus = .firing
    ) throws -> TocsinAlerts.Notification {
        let alert = Alert(
            labels: LabelSet([("alertname", "Disk"), ("severity", "critical")]),
            annotations: LabelSet([("summary", summary)]), startsAt: EmailTests.now, endsAt: EmailTests.now,
            updatedAt: EmailTests.now, generatorURL: "http://p/graph", timeout: false)
        return Notification(
            id: NotificationID(id), tenant: try #require(TenantID("acme")), receiver: "mail", groupKey: "{}:{}",
            groupLabels: LabelSet([("alertname", "Disk")]), alerts: [NotifiedAlert(alert: alert, status: status)],
            truncatedAlerts: 0, reason: .firstNotification, externalURL: "http://t", createdAt: EmailTests.now,
            sequence: 1)
    }

    private let settings = """
        {smarthost: "mail.example:587", from: 'Tocsin "x, y" <tocsin@example.com>', to: "ops@example.com, Büro <b@example.com>",
        auth_username: me, auth_password: hunter2hunter2}
        """

    @Test("A message has its headers, text and HTML, and the same id at every attempt")
    func message() throws {
        let mail = try #require(try make(settings).made)
        let text = "<b>50 % voll & mehr</b> 👩‍👩‍👧 " + String(repeating: "x", count: 100)
        let walk = try Walk(mail, Delivery(try notification(text), now: EmailTests.now), answers: [.answer(250)])
        let request = try #require(walk.requests.first)
        let whole = String(decoding: request.body, as: UTF8.self)
        #expect(whole.contains("Message-Id: <0b1c@example.com>\r\n"))
        #expect(whole.contains("Date: Wed, 25 Nov 2026 03:24:05 +0000\r\n") || whole.contains("Date: "))
        #expect(whole.contains("Auto-Submitted: auto-generated\r\n") && whole.contains("X-Priority: 1\r\n"))
        #expect(whole.contains("To: =?utf-8?q?ops=40example=2Ecom"), "\(whole.prefix(400))")
        #expect(whole.contains("&lt;b&gt;50 % voll &amp; mehr"), "the HTML part escapes")
        #expect(whole.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 78 })
        #expect(!whole.replacing("\r\n", with: "").contains { $0 == "\n" || $0 == "\r" })
        #expect(walk.outcome == .delivered(vendorID: nil) && walk.keep?["message_id"] == "<0b1c@example.com>")
        #expect(request.masked().contains("RCPT TO:<b@example.com>") && !request.masked().contains("hunter2"))
    }

    @Test("A group's messages stand in one thread, which ends with the last")
    func thread() throws {
        let mail = try #require(try make(settings).made)
        var memory = VendorMemory()
        memory["message_id"] = "<first@example.com>"
        let delivery = Delivery(
            try notification("over", id: "0b1d", status: .resolved), memory: memory, now: EmailTests.now)
        let walk = try Walk(mail, delivery, answers: [.answer(250)])
        let whole = String(decoding: try #require(walk.requests.first).body, as: UTF8.self)
        #expect(whole.contains("In-Reply-To: <first@example.com>\r\nReferences: <first@example.com>\r\n"))
        #expect(walk.keep?.isEmpty == true)
    }

    @Test("No text of an alert can add a header or an address")
    func injection() throws {
        let config = """
            {smarthost: "mail.example:587", from: a@b.example, to: '{{ .CommonAnnotations.summary }}', headers: {Subject: '{{ .CommonAnnotations.summary }}'}}
            """
        let mail = try #require(try make(config).made)
        let hostile = "x\r\nBcc: evil@example.com\r\n\r\nbody"
        let told = try notification(hostile)
        #expect(throws: FailureReason("address_invalid")) {
            try mail.request(for: told, attempt: 1, now: EmailTests.now)
        }
        let fixed = try #require(
            try make(config.replacing("to: '{{ .CommonAnnotations.summary }}'", with: "to: c@d.example")).made)
        let body = try fixed.request(for: try notification(hostile), attempt: 1, now: EmailTests.now).body
        let head = String(decoding: body, as: UTF8.self).components(separatedBy: "\r\n\r\n")[0]
        #expect(!head.contains("\r\nBcc") && head.contains("Subject: =?utf-8?q?x=0D=0ABcc"))
    }

    @Test(
        "Replies mean what RFC 5321 says",
        arguments: [
            (250, "ok"), (421, "retry"), (450, "retry"), (451, "retry"), (452, "retry"), (454, "retry"), (530, "auth"),
            (535, "auth"), (550, "permanent"), (552, "permanent"), (554, "permanent"),
        ])
    func verdicts(code: Int, verdict: String) throws {
        let mail = try #require(try make(settings).made)
        let word =
            switch mail.outcome(of: .answer(code), now: EmailTests.now) {
            case .delivered: "ok"
            case .retry: "retry"
            case .reauthenticate: "auth"
            case .reject: "permanent"
            default: "other"
            }
        #expect(word == verdict)
    }

    @Test(
        "Settings that cannot work are told of",
        arguments: [
            ("{from: a@b.example, to: c@d.example}", "setting_missing"),
            ("{smarthost: mail, from: a@b.example, to: c@d.example}", "value_invalid"),
            ("{smarthost: 'mail:587', to: c@d.example}", "setting_missing"),
            ("{smarthost: 'mail:587', from: a@b.example, to: c@d.example, headers: {'X Y': z}}", "value_invalid"),
        ])
    func settings(config: String, code: String) throws {
        let (made, issues) = try make(config)
        #expect(made == nil && issues.contains { $0.code == code }, "\(issues)")
    }
}
