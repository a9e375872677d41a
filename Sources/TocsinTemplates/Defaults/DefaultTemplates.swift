/// The templates that Alertmanager's users know by name, from 0.25 to 0.34: they call them in their own templates.
///
/// The names and what each renders to are the interface and must stay the same byte for byte. Vendors whose default
/// messages differ only in their names share one body here.
enum DefaultTemplates {
    /// What errors call this source.
    static let name = "default.tmpl"

    static let text = ([shared, EmailTemplate.text] + vendors.flatMap { $0 })
        .joined(separator: "\n")

    private static func define(_ name: String, _ body: String) -> String {
        #"{{ define "\#(name)" }}\#(body){{ end }}"#
    }

    private static func call(_ name: String) -> String { #"{{ template "\#(name)" . }}"# }

    private static let subject = call("__subject")
    private static let sender = call("__alertmanager")
    private static let link = call("__alertmanagerURL")

    private static let annotations = #"{{ .CommonAnnotations.SortedPairs.Values | join " " }}"#

    private static let shared = """
        {{ define "__alertmanager" }}Alertmanager{{ end }}
        {{ define "__alertmanagerURL" }}{{ .ExternalURL }}/#/alerts?receiver={{ .Receiver | urlquery }}{{ end }}
        {{ define "__description" }}{{ end }}
        {{ define "__subject" -}}
            [{{ toUpper .Status }}{{ if eq .Status "firing" }}:{{ len .Alerts.Firing }}{{ end }}] \
        {{ join " " .GroupLabels.Values }} \
        {{ if lt (len .GroupLabels) (len .CommonLabels) -}}
            ({{ with .CommonLabels.Remove .GroupLabels.Names }}{{ join " " .Values }}{{ end }})
        {{- end }}
        {{- end }}
        {{ define "__text_alert_list" }}\(alertList(start: "", indent: " ", gap: "")){{ end }}
        {{ define "__text_alert_list_markdown" }}\(alertList(start: "\n", indent: "  ", gap: "\n"))
        {{ end }}
        """

    /// The labels and annotations of alerts, one a line.
    private static func alertList(start: String, indent: String, gap: String) -> String {
        func pairs(_ member: String) -> String {
            "{{ range .\(member).SortedPairs }}\(indent)- {{ .Name }} = {{ .Value }}\n{{ end }}\(gap)"
        }
        return "{{ range . }}\(start)Labels:\n\(pairs("Labels"))Annotations:\n\(pairs("Annotations"))"
            + "Source: {{ .GeneratorURL }}\n{{ end }}"
    }

    /// The alerts that fire and those that ended, each under a heading.
    ///
    /// - Parameter isTight: Whether the lines of the conditions leave no space.
    private static func lists(heading: String = "", list: String = "__text_alert_list", isTight: Bool = false) -> String
    {
        let (open, close) = isTight ? ("-}}", "{{- end }}") : ("}}", "{{ end }}")
        return ["Firing", "Resolved"].map { state in
            "{{ if .Alerts.\(state) \(open)\n\(heading)Alerts \(state):\n"
                + "{{ template \"\(list)\" .Alerts.\(state) }}\n\(close)"
        }.joined(separator: "\n")
    }

    private static let tightMessage = "\(annotations)\n\(lists(isTight: true))"
    private static let message = "\(annotations)\n\(lists())\n"
    private static let markdown = "\n\(lists(heading: "# ", list: "__text_alert_list_markdown"))\n"
    private static let color = #"{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}"#

    private static let vendors = [chats, incidents, others, emptyOnes]

    private static let chats = [
        define("slack.default.title", subject),
        define("slack.default.username", sender),
        define("slack.default.titlelink", link),
        define("slack.default.fallback", "\(call("slack.default.title")) | \(call("slack.default.titlelink"))"),
        define("slack.default.color", color),
        define("rocketchat.default.title", subject),
        define("rocketchat.default.alias", sender),
        define("rocketchat.default.titlelink", link),
        define("mattermost.default.title", subject),
        define("mattermost.default.username", sender),
        define("mattermost.default.titlelink", link),
        define(
            "mattermost.default.fallback",
            "\(call("mattermost.default.title")) | \(call("mattermost.default.titlelink"))"),
        define("mattermost.default.color", color),
        define("mattermost.default.text", markdown),
        define("msteams.default.summary", subject),
        define("msteams.default.title", subject),
        define("msteams.default.text", markdown),
        define("msteamsv2.default.title", subject),
        define("msteamsv2.default.text", markdown),
        define("telegram.default.message", "\n\(lists())\n"),
        define("discord.default.title", subject),
        define("discord.default.message", "\n\(lists())\n"),
        define("webex.default.message", message),
        define("wechat.default.message", "\(subject)\n\(tightMessage)\nAlertmanagerUrl:\n\(link)"),
    ]

    private static let incidents = [
        define("pagerduty.default.description", subject),
        define("pagerduty.default.client", sender),
        define("pagerduty.default.clientURL", link),
        define("pagerduty.default.instances", call("__text_alert_list")),
        define("opsgenie.default.message", subject),
        define("opsgenie.default.description", tightMessage),
        define("opsgenie.default.source", link),
        define("victorops.default.state_message", tightMessage),
        define("victorops.default.entity_display_name", subject),
        define("victorops.default.monitoring_tool", sender),
        define("jira.default.summary", subject),
        define("jira.default.description", markdown),
        jiraPriority,
    ]

    private static let others = [
        define("pushover.default.title", subject),
        define("pushover.default.message", message),
        define("pushover.default.url", link),
        define("sns.default.subject", subject),
        define("sns.default.message", message),
    ]

    private static let emptyOnes = [
        "slack.default.callbackid", "slack.default.pretext", "slack.default.iconemoji", "slack.default.iconurl",
        "slack.default.text", "slack.default.footer", "wechat.default.to_user", "wechat.default.to_party",
        "wechat.default.to_tag", "wechat.default.agent_id", "discord.default.content", "rocketchat.default.emoji",
        "rocketchat.default.iconurl", "rocketchat.default.text",
    ].map { define($0, "") }

    /// The highest priority among the alerts that fire or, if none of those has one, among those that ended.
    private static let jiraPriority = """
        {{ define "jira.default.priority" }}
            {{- $high := false }}{{ $medium := false }}{{ $low := false }}
            {{- range .Alerts.Firing }}\(jiraSeverity){{ end }}
            {{- if not (or $high $medium $low) }}{{ range .Alerts.Resolved }}\(jiraSeverity){{ end }}{{ end }}
            {{- if $high }}High{{ else if $medium }}Medium{{ else if $low }}Low{{ end }}
        {{- end }}
        """

    private static let jiraSeverity = """
        {{ $severity := .Labels.severity }}\
        {{ if eq $severity "critical" }}{{ $high = true }}\
        {{ else if eq $severity "warning" }}{{ $medium = true }}\
        {{ else if eq $severity "info" }}{{ $low = true }}{{ end }}
        """
}
