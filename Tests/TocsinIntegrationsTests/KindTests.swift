import Foundation
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations
import TocsinTemplates
import TocsinTesting

/// What receivers are sent whose requests no Alertmanager 0.25 knows, and what is wrong with settings.
@Suite("Kinds of receivers")
struct KindTests {
    private static let now = Timestamp(milliseconds: 1_800_000_000_000)

    /// A kind, its settings in YAML, and the body for an alert `A` of `eu` that fires.
    struct Row: Sendable, CustomTestStringConvertible {
        let kind: String
        let settings: String
        let body: String

        var testDescription: String { kind + " " + settings }
    }

    private static let link = "http://t/#/alerts?receiver=team"

    private static let rows = [
        Row(
            kind: "slack", settings: "{api_url: 'https://s.example', message_text: '{{ .Status }}', fallback: ''}",
            body: """
                {"text": "firing", "username": "Alertmanager", "attachments": [{"title": "[FIRING:1] A (eu)", \
                "title_link": "\(link)", "text": "", "fallback": "", "callback_id": "", "footer": "", \
                "color": "danger", "mrkdwn_in": ["fallback", "pretext", "text"]}]}
                """),
        Row(
            kind: "discord",
            settings:
                "{webhook_url: 'https://d.example', content: 'c {{ .Status }}', username: u, avatar_url: a, message: m}",
            body: """
                {"content": "c firing", "username": "u", "avatar_url": "a", "embeds": [{"title": "[FIRING:1] A (eu)", \
                "description": "m", "color": 10038562}]}
                """),
        Row(
            kind: "msteams", settings: "{webhook_url: 'https://t.example', text: x}",
            body: """
                {"@context": "http://schema.org/extensions", "type": "MessageCard", "title": "[FIRING:1] A (eu)", \
                "summary": "[FIRING:1] A (eu)", "text": "x", "themeColor": "8C1A1A"}
                """),
        Row(
            kind: "msteamsv2", settings: "{webhook_url: 'https://t.example', text: x}",
            body: """
                {"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", \
                "contentUrl": null, "content": {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", \
                "type": "AdaptiveCard", "version": "1.2", "msteams": {"width": "full"}, "body": [{"type": "TextBlock", \
                "text": "[FIRING:1] A (eu)", "weight": "Bolder", "size": "Medium", "wrap": true, "style": "heading", \
                "color": "Attention"}, {"type": "TextBlock", "text": "x", "wrap": true}]}}]}
                """),
        Row(
            kind: "mattermost",
            settings: """
                {webhook_url: 'https://m.example', text: x, channel: c, priority: {priority: Urgent, requested_ack: true},
                props: {card: '{{ .Status }}'}, attachments: [{title: t, fields: [{title: a, value: b, short: true}]}]}
                """,
            body: """
                {"text": "x", "channel": "c", "username": "Alertmanager", "props": {"card": "firing"}, \
                "priority": {"priority": "urgent", "requested_ack": true}, \
                "attachments": [{"title": "t", "fields": [{"title": "a", "value": "b", "short": true}]}]}
                """),
        Row(
            kind: "rocketchat",
            settings: """
                {api_url: 'https://r.example', token: t, token_id: i, channel: '#c', emoji: ':x:', short_fields: true,
                fields: [{title: a, value: b}], actions: [{type: button, text: t, url: u}]}
                """,
            body: """
                {"channel": "#c", "emoji": ":x:", "attachments": [{"title": "[FIRING:1] A (eu)", \
                "title_link": "\(link)", "color": "red", "fields": [{"title": "a", "value": "b", "short": true}], \
                "actions": [{"type": "button", "text": "t", "url": "u"}]}]}
                """),
        Row(
            kind: "telegram",
            settings: "{bot_token: t, chat_id: 5, message_thread_id: 7, parse_mode: '', message: '<{{ .Status }}>'}",
            body: """
                {"chat_id": "5", "message_thread_id": "7", "text": "<firing>", "disable_web_page_preview": "true"}
                """),
        Row(
            kind: "pagerduty",
            settings: """
                {routing_key: k, description: d, client: c, client_url: '', details: {firing: f, resolved: r,
                num_firing: 1, num_resolved: 0, deep: {list: ['{{ .Status }}', b]}}}
                """,
            body: """
                {"routing_key": "k", "event_action": "trigger", "client": "c", "payload": {"summary": "d", \
                "source": "c", "severity": "error", "custom_details": {"firing": "f", "resolved": "r", \
                "num_firing": "1", "num_resolved": "0", "deep": {"list": ["firing", "b"]}}}, \
                "dedup_key": "ad4b39d3af6c5f089ddb8504a474cd124febe3ef322f263d58074fb0c51dc572"}
                """),
        Row(
            kind: "webhook",
            settings: """
                {url: 'https://w.example/{{ .Status }}', payload: {text: '{{ .Status }} now', count: '{{ len .Alerts }}',
                flag: true, none: '', list: [a, 2.5, {b: ~}, [c]], deep: {labels: '{{ .GroupLabels | toJson }}'}}}
                """,
            body: """
                {"text": "firing now", "count": 1, "flag": true, "none": null, "list": ["a", 2.5, {"b": null}, ["c"]], \
                "deep": {"labels": {"alertname": "A"}}}
                """),
    ]

    private func make(
        _ kind: String, _ settings: String, templates: TemplateSet = IntegrationRegistry.defaultTemplates
    ) throws -> (made: (any Integration)?, issues: [ConfigurationIssue]) {
        let directory = try TemporaryDirectory()
        let indented = settings.replacing("\n", with: "\n          ")
        try directory.write(
            "acme:\n  receivers:\n    - name: team\n      channel_type: \(kind)\n      config:\n        \(indented)\n",
            to: "receivers.yaml")
        let main = try directory.write("", to: "tocsin.yaml")
        let (configuration, loading) = ConfigurationLoader.load(path: main, environment: [:])
        let tenant = try #require(configuration?.tenants.values.first, "\(loading)")
        let issues = IssueCollector()
        let made = IntegrationRegistry.standard.make(
            try #require(tenant.receivers.first), tenant: tenant.id, issues: issues,
            environment: SecretSource(environment: [:], baseDirectory: "/"), templates: templates)
        return (made, issues.issues)
    }

    private func notification(_ summary: String = "s", status: AlertStatus = .firing) throws
        -> TocsinAlerts.Notification
    {
        let alert = Alert(
            labels: LabelSet([("alertname", "A"), ("cluster", "eu")]), annotations: LabelSet([("summary", summary)]),
            startsAt: KindTests.now, endsAt: KindTests.now + .seconds(60), updatedAt: KindTests.now,
            generatorURL: "http://p", timeout: false)
        return Notification(
            id: NotificationID("0b1c"), tenant: try #require(TenantID("acme")), receiver: "team",
            groupKey: "{}:{alertname=\"A\"}", groupLabels: LabelSet([("alertname", "A")]),
            alerts: [NotifiedAlert(alert: alert, status: status)], truncatedAlerts: 0, reason: .firstNotification,
            externalURL: "http://t", createdAt: KindTests.now, sequence: 1)
    }

    private func request(
        _ kind: String, _ settings: String, _ notification: TocsinAlerts.Notification
    ) throws -> DeliveryRequest {
        let (made, issues) = try make(kind, settings)
        return try #require(made, "\(issues)").request(for: notification, attempt: 1, now: KindTests.now)
    }

    private func canonical(_ json: Data) throws -> String {
        let value = try JSONSerialization.jsonObject(with: json)
        let data = try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .prettyPrinted])
        return String(decoding: data, as: UTF8.self)
    }

    @Test("Every kind sends what Alertmanager 0.34 would send", arguments: rows)
    func bodies(row: Row) throws {
        let request = try request(row.kind, row.settings, notification())
        #expect(try canonical(Data(request.body)) == canonical(Data(row.body.utf8)))
    }

    @Test("The address of a webhook may be a template")
    func address() throws {
        let request = try request("webhook", "{url: 'https://w.example/{{ .CommonLabels.cluster }}'}", notification())
        #expect(request.url.reveal() == "https://w.example/eu")
    }

    @Test("Texts that are too long are cut in the vendor's unit", arguments: ["é", "👩‍👩‍👧", "a"])
    func limits(character: String) throws {
        let long = try notification(String(repeating: character, count: 20_000))
        func text(_ kind: String, _ settings: String, _ path: String...) throws -> String {
            let body = try request(kind, settings, long).body
            var value = try JSONSerialization.jsonObject(with: Data(body))
            for name in path { value = try #require((value as? [String: Any])?[name] ?? (value as? [Any])?.first) }
            return try #require(value as? String)
        }
        let words = "'{{ .CommonAnnotations.summary }}'"
        let webex = try text("webex", "{room_id: r, message: \(words)}", "markdown")
        #expect((7430...7439).contains(webex.utf8.count) && webex.hasSuffix("…"))
        let opsgenie = try text("opsgenie", "{api_key: k, message: \(words)}", "message")
        #expect(opsgenie.unicodeScalars.count == 130 && opsgenie.hasSuffix("…"))
        let telegram = try text("telegram", "{bot_token: t, chat_id: 1, message: \(words)}", "text")
        #expect(telegram.unicodeScalars.count == 4096)
        let discord = try text(
            "discord", "{webhook_url: 'https://d.example', message: x, content: \(words)}", "content")
        #expect(discord.unicodeScalars.count == 2000)
    }

    @Test("A message in HTML is not cut inside of a character reference")
    func cutReference() throws {
        for count in 4085...4100 {
            let text = String(repeating: "a", count: count) + "<<<<<<<<"
            let message = try request(
                "telegram", "{bot_token: t, chat_id: 1, message: '{{ .CommonAnnotations.summary }}'}",
                notification(text))
            let body = String(decoding: message.body, as: UTF8.self)
            #expect(body.ranges(of: "&").count == body.ranges(of: "&lt;").count, "\(count)")
        }
    }

    @Test("An event that PagerDuty would not take loses its details and stays an event")
    func largeEvent() throws {
        let details = "{routing_key: k, description: d, details: {all: '{{ .CommonAnnotations.summary }}'}}"
        let large = try request("pagerduty", details, notification(String(repeating: "x", count: 600_000)))
        let body = String(decoding: large.body, as: UTF8.self)
        #expect(body.utf8.count < 10_000 && body.contains("Custom details have been removed"))
    }

    @Test("A text that cannot be rendered ends the delivery without a word of the alert")
    func failingTemplate() throws {
        let integration = try #require(
            try make("discord", "{webhook_url: 'https://d.example', message: '{{ .CommonLabels.cluster.name }}'}").made)
        let error = #expect(throws: TemplateError.self) {
            try integration.request(for: notification("hunter2"), attempt: 1, now: KindTests.now)
        }
        let reason = FailureReason(ofRequest: try #require(error))
        #expect(reason.code == "template_failed" && reason.detail.contains("message:1:"))
        #expect(!reason.detail.contains("hunter2") && !reason.detail.contains("eu"))
    }

    @Test("Opsgenie's open alerts are updated where that is wanted, and closed under the same name")
    func opsgenie() throws {
        let made = try #require(try make("opsgenie", "{api_key: k, update_alerts: true}").made)
        let ok = DeliveryResponse.answer(202)
        let whole = try Walk(made, Delivery(try notification(), now: KindTests.now), answers: [ok, ok, ok, ok])
        let firing = whole.requests
        #expect(whole.outcome == .delivered(vendorID: nil))
        #expect(firing.map(\.method) == ["POST", "PUT", "PUT", "PUT"])
        let end = Delivery(try notification(status: .resolved), now: KindTests.now)
        let resolved = try Walk(made, end, answers: [ok]).requests
        #expect(resolved.count == 1)
        let name = try #require(firing[1].url.reveal().split(separator: "/").dropLast().last)
        #expect(resolved[0].url.reveal().hasSuffix("/v2/alerts/\(name)/close?identifierType=alias"))
    }

    @Test("A message to SNS is signed as Amazon's own library signs it")
    func signature() throws {
        let request = try request(
            "sns",
            """
            {topic_arn: 'arn:aws:sns:eu-central-1:1:t.fifo', subject: s, message: "m é & \\n",
            attributes: {b: '{{ .Status }}'}, sigv4: {region: eu-central-1, access_key: AKIDEXAMPLE,
            secret_key: wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY}}
            """, notification())
        // Computed by botocore 1.43.11 for the same members in the order of their names.
        #expect(
            request.headers.first { $0.name == "Authorization" }?.value.reveal()
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20270115/eu-central-1/sns/aws4_request, "
                + "SignedHeaders=content-type;host;x-amz-date, "
                + "Signature=4c4d793f0cf61fc96d53c2af52e9a3e3784931160bc046354fb7f5ce6125a1e4")
        #expect(request.headers.contains { $0.name == "X-Amz-Date" && $0.value.reveal() == "20270115T080000Z" })
        #expect(request.url.reveal() == "https://sns.eu-central-1.amazonaws.com/")
    }

    @Test("A tenant's own templates are used")
    func ownTemplates() throws {
        let templates = try TemplateSet.withDefaults(and: [
            ("own.tmpl", #"{{ define "discord.default.title" }}own {{ .Status }}{{ end }}"#)
        ])
        let made = try make("discord", "{webhook_url: 'https://d.example'}", templates: templates).made
        let request = try #require(made).request(for: notification(), attempt: 1, now: KindTests.now)
        #expect(String(decoding: request.body, as: UTF8.self).contains(#""title":"own firing""#))
    }

    @Test(
        "What is wrong with settings is told once and clearly",
        arguments: [
            ("discord", "{webhook_url: 'https://d.example', title: '{{ .Status '}", "template_invalid", "title"),
            ("discord", "{}", "setting_missing", ""), ("opsgenie", "{}", "setting_missing", ""),
            ("opsgenie", "{api_key: k, mesage: x}", "setting_unknown", "mesage"),
            ("telegram", "{bot_token: t}", "setting_missing", "chat_id"),
            ("pagerduty", "{class: x}", "setting_missing", ""),
            ("wechat", "{to_user: x}", "channel_type_unsupported", ""),
            ("discrod", "{}", "channel_type_unknown", ""),
            ("sns", "{topic_arn: a, sigv4: {region: r, access_key: x}}", "setting_missing", "sigv4.access_key"),
        ])
    func issues(kind: String, settings: String, code: String, name: String) throws {
        let (made, issues) = try make(kind, settings)
        #expect(made == nil)
        let issue = try #require(issues.first { $0.code == code }, "\(issues)")
        #expect(issue.path == "acme.receivers[0].config" + (name.isEmpty ? "" : ".\(name)"))
        #expect(issue.location.line >= 6 && issue.severity == .error)
        if code == "channel_type_unsupported" {
            #expect(issues.count == 1 && issue.message.contains("'\(kind)'") && issue.message.contains("opsgenie"))
        }
    }
}
