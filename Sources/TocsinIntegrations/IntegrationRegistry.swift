import TocsinAlerts
public import TocsinConfiguration
public import TocsinCore
public import TocsinTemplates

/// All kinds of receivers, by the name that users give in `channel_type`.
public struct IntegrationRegistry: Sendable {
    typealias Make = @Sendable (IntegrationContext) -> (any Integration)?

    /// The kinds that there are.
    public static let standard = IntegrationRegistry(kinds: [
        "azure_eventgrid": { EventGridIntegration($0) },
        "azure_servicebus": { ServiceBusIntegration($0) },
        "cloudevents": { CloudEventsIntegration($0) },
        "console": { ConsoleIntegration($0.reader) },
        "datadog": { DatadogIntegration($0) },
        "discord": { DiscordIntegration($0) },
        "email": { EmailIntegration($0) },
        "eventbridge": { EventBridgeIntegration($0) },
        "gcp_pubsub": { PubSubIntegration($0) },
        "grafana_oncall": { GrafanaOnCallIntegration($0) },
        "incidentio": { IncidentIOIntegration($0) },
        "jira": { JiraIntegration($0) },
        "jsm": { OpsgenieIntegration($0, product: .jiraServiceManagement) },
        "matrix": { MatrixIntegration($0) },
        "mattermost": { MattermostIntegration($0) },
        "msteams": { TeamsIntegration($0, form: .messageCard) },
        "msteamsv2": { TeamsIntegration($0, form: .adaptiveCard) },
        "newrelic": { NewRelicIntegration($0) },
        "ntfy": { NtfyIntegration($0) },
        "opsgenie": { OpsgenieIntegration($0, product: .opsgenie) },
        "pagerduty": { PagerDutyIntegration($0) },
        "pushover": { PushoverIntegration($0) },
        "rocketchat": { RocketChatIntegration($0) },
        "servicenow": { ServiceNowIntegration($0) },
        "slack": { SlackIntegration($0) },
        "sns": { SNSIntegration($0) },
        "splunk_hec": { SplunkHECIntegration($0) },
        "telegram": { TelegramIntegration($0) },
        "twilio_sms": { TwilioSMSIntegration($0) },
        "twilio_voice": { TwilioVoiceIntegration($0) },
        "victorops": { VictorOpsIntegration($0) },
        "webex": { WebexIntegration($0) },
        "webhook": { WebhookIntegration($0) },
        "xmatters": { XMattersIntegration($0) },
        "zendesk": { ZendeskIntegration($0) },
    ])

    /// The kinds of Alertmanager's that are not spoken here.
    private static let unsupported: Set<String> = ["wechat"]

    /// The templates that texts may use where a tenant has none of its own.
    public static let defaultTemplates = (try? TemplateSet.withDefaults()) ?? TemplateSet()

    private let kinds: [String: Make]

    /// The names of all kinds.
    public var names: [String] { kinds.keys.sorted() }

    /// Makes the integration of a receiver.
    ///
    /// - Parameters:
    ///   - issues: Takes what is wrong with its settings.
    ///   - environment: What `${NAME}` in them refers to.
    ///   - templates: What texts among them may use.
    ///   - zoneFile: Finds the files of time zones that templates name.
    /// - Returns: `nil` if it cannot be used.
    public func make(
        _ receiver: ReceiverConfiguration, tenant: TenantID, issues: IssueCollector, environment: SecretSource,
        templates: TemplateSet = IntegrationRegistry.defaultTemplates, zoneFile: @escaping ZoneFile = { _ in nil }
    ) -> (any Integration)? {
        let found = IssueCollector()
        let reader = MappingReader(receiver.config, path: receiver.configPath, issues: found, environment: environment)
        defer { for issue in found.issues { issues.add(issue) } }
        guard let make = kinds[receiver.channelType] else {
            reportKind(receiver.channelType, to: reader)
            return nil
        }
        // Read where it is used, by what is the same for every kind.
        _ = reader.node("timeout")
        let integration = make(IntegrationContext(reader: reader, templates: templates, zoneFile: zoneFile))
        reader.finish()
        return found.hasErrors ? nil : integration
    }

    private func reportKind(_ kind: String, to reader: MappingReader) {
        let all = names.joined(separator: ", ")
        if IntegrationRegistry.unsupported.contains(kind) {
            reader.report(
                "channel_type_unsupported", "Tocsin cannot send to '\(kind)' yet; it can send to: \(all)")
            return
        }
        let near = NearestName.find(kind, in: names).map { "; did you mean '\($0)'?" } ?? ""
        reader.report("channel_type_unknown", "there is no channel_type '\(kind)'\(near) Known: \(all)")
    }
}
