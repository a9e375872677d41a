import Testing
import TocsinConfiguration
import TocsinCore

/// What an Alertmanager file becomes as the file of a tenant.
struct AlertmanagerImportTests {
    @Test func importIsATenant() throws {
        let configuration = try AlertmanagerFile.parse(
            """
            route:
              receiver: team x
              routes:
                - {matchers: [a=b], receiver: pager, continue: true, group_by: [c], mute_time_intervals: [t]}
                - {match_re: {d: e}, receiver: nobody, group_by: ['...']}
            receivers:
              - name: team x
                webhook_configs: [{url: 'https://x/secret'}, {url: 'https://y/${A}', timeout: 5s}]
              - name: pager
                pagerduty_configs: [{routing_key: 'key', description: '${X}', details: {a: b}}]
              - name: nobody
            inhibit_rules: [{source_matchers: [a=b], target_matchers: [c=d], equal: [e]}]
            time_intervals: [{name: t, time_intervals: [{years: ['2026']}]}]
            templates: ['*.tmpl']
            """, path: "/etc/alertmanager/alertmanager.yml")
        let made = AlertmanagerImport(configuration)
        #expect(made.secrets.map(\.name) == ["TEAM_20X_WEBHOOK_0_URL", "TEAM_20X_WEBHOOK_1_URL", "PAGER_ROUTING_KEY"])
        #expect(made.secrets.map { $0.value.reveal() } == ["https://x/secret", "https://y/${A}", "key"])
        #expect(made.secrets[1].path == "receivers[0].webhook_configs[1].url")
        let expected = """
            resolve_timeout: 5m
            route:
              receivers:
              - team%20x/webhook/0
              - team%20x/webhook/1
              group_by: []
              routes:
              - receivers:
                - pager
                matchers:
                - a="b"
                group_by:
                - c
                continue: true
                mute_time_intervals:
                - t
              - receivers: []
                matchers:
                - d=~"^(?:e)$"
                group_by:
                - '...'
            receivers:
            - name: team%20x/webhook/0
              channel_type: webhook
              send_resolved: true
              config:
                http_config:
                  follow_redirects: true
                  enable_http2: true
                url: ${TEAM_20X_WEBHOOK_0_URL}
            - name: team%20x/webhook/1
              channel_type: webhook
              send_resolved: true
              config:
                http_config:
                  follow_redirects: true
                  enable_http2: true
                url: ${TEAM_20X_WEBHOOK_1_URL}
                timeout: 5s
            - name: pager
              channel_type: pagerduty
              send_resolved: true
              config:
                http_config:
                  follow_redirects: true
                  enable_http2: true
                routing_key: ${PAGER_ROUTING_KEY}
                url: https://events.pagerduty.com/v2/enqueue
                client: '{{ template "pagerduty.default.client" . }}'
                client_url: '{{ template "pagerduty.default.clientURL" . }}'
                description: $${X}
                details:
                  a: b
                  firing: '{{ template "pagerduty.default.instances" .Alerts.Firing }}'
                  num_firing: '{{ .Alerts.Firing | len }}'
                  num_resolved: '{{ .Alerts.Resolved | len }}'
                  resolved: '{{ template "pagerduty.default.instances" .Alerts.Resolved }}'
                source: '{{ template "pagerduty.default.client" . }}'
            inhibit_rules:
            - source_matchers:
              - a="b"
              target_matchers:
              - c="d"
              equal:
              - e
            time_intervals:
            - name: t
              time_intervals:
              - years: ["2026"]
            templates:
            - /etc/alertmanager/*.tmpl

            """
        #expect(made.yaml == expected)
    }

    @Test func noSecretIsWritten() throws {
        let text = try AlertmanagerFixture.text("own/everything.yml").replacing(
            #/(password|secret|token|api_key|service_key|user_key|credentials): \w+/#
        ) { "\($0.output.1): hush-hush" }
        let configuration = try AlertmanagerFile.parse(text, path: "/etc/alertmanager/alertmanager.yml")
        let made = AlertmanagerImport(configuration)
        #expect(!made.yaml.contains("hush-hush"))
        #expect(!made.yaml.contains("hooks.slack.com"))
        #expect(!configuration.original.contains("hush-hush"))
        #expect(made.secrets.contains { $0.value.reveal() == "hush-hush" })
        #expect(Set(made.secrets.map(\.name)).count == made.secrets.count)
        #expect(made.secrets.allSatisfy { made.yaml.contains("${\($0.name)}") })
    }

    @Test func httpSettingsAreCarriedOver() throws {
        let configuration = try AlertmanagerFile.parse(
            """
            route: {receiver: r}
            receivers:
            - name: r
              webhook_configs:
              - url: http://x
                http_config:
                  proxy_url: http://u:hush@p:1
                  no_proxy: near.test
                  proxy_connect_header: {X-P: [hush]}
                  http_headers:
                    x-b: {files: [h.txt, /h]}
                    x-a: {values: [a, '${b}'], secrets: [hush, hush2]}
                  tls_config: {cert: C, key: hush, server_name: s, min_version: TLS12}
                  oauth2:
                    client_id: i
                    client_certificate_key: hush
                    grant_type: urn:ietf:params:oauth:grant-type:jwt-bearer
                    claims: {number: 5, deep: {a: [b]}}
                    token_url: https://t
                    proxy_from_environment: true
            """, path: "/etc/am/alertmanager.yml")
        let made = AlertmanagerImport(configuration)
        for text in [made.yaml, configuration.original] { #expect(!text.contains("hush"), "\(text)") }
        for line in [
            "no_proxy: near.test", "- /etc/am/h.txt", "- /h", "- $${b}", "server_name: s", "min_version: TLS12",
            "grant_type: urn:ietf:params:oauth:grant-type:jwt-bearer", "number: 5", "proxy_from_environment: true",
        ] {
            #expect(made.yaml.contains(line + "\n"), "\(line)")
        }
        #expect(Set(made.secrets.map { $0.value.reveal() }) == ["http://u:hush@p:1", "hush", "hush2", "http://x"])
        #expect(
            configuration.original.contains(
                """
                      http_headers:
                        x-a:
                          values:
                          - a
                          - ${b}
                          secrets:
                          - <secret>
                          - <secret>
                        x-b:
                          files:
                          - /etc/am/h.txt
                          - /h

                """), "\(configuration.original)")
    }
}
