public import TocsinSealing

/// What a kind of channel must not be told.
public struct MessageRule: Sendable {
    /// Channels of one sort.
    public enum Channel: String, Sendable, Hashable, CaseIterable {
        /// Rooms where many read: Slack, Teams, Discord, Telegram and the like.
        case chat
        /// Short messages and calls, which pass through networks in the clear.
        case sms
        /// Mail.
        case email
        /// Who pages people.
        case paging
        /// Where tickets are kept.
        case tickets
        /// Everything else: webhooks, monitoring, clouds.
        case other

        /// The sort of a channel type.
        public init(_ channelType: String) {
            switch channelType {
            case "slack", "msteams", "msteamsv2", "discord", "telegram", "mattermost", "rocketchat", "webex", "matrix":
                self = .chat
            case "twilio_sms", "twilio_voice", "sns": self = .sms
            case "email": self = .email
            case "pagerduty", "opsgenie", "jsm", "victorops", "xmatters", "grafana_oncall", "incidentio", "pushover",
                "ntfy":
                self = .paging
            case "jira", "servicenow", "zendesk": self = .tickets
            default: self = .other
            }
        }
    }

    /// Which channels it is for.
    public var channels: Set<Channel>
    /// What is taken out of messages to them.
    public var rule: MaskingRule

    /// Where a tenant says nothing: no card numbers, keys or tokens in rooms and short messages.
    public static let standard = [
        MessageRule(channels: [.chat, .sms], rule: MaskingRule(kinds: [.card, .pem, .token, .jwt], action: .redact))
    ]

    /// What is taken out of messages to a channel.
    public static func policy(of rules: [MessageRule], for channelType: String) -> MaskingPolicy {
        let channel = Channel(channelType)
        return MaskingPolicy(rules.filter { $0.channels.contains(channel) }.map(\.rule))
    }

    /// Reads an entry of a tenant's `message_rules`.
    init?(_ reader: MappingReader) {
        guard let words = reader.stringList("channels") else {
            reader.report("value_missing", "name the channels that it is for", name: "channels")
            reader.finish()
            return nil
        }
        for word in words where Channel(rawValue: word) == nil {
            reader.report(
                "value_invalid", "'\(word)' is not one of " + Channel.allCases.map(\.rawValue).joined(separator: ", "),
                name: "channels")
        }
        guard let rule = MaskingRuleReader.read(reader) else { return nil }
        guard rule.action != .encrypt else {
            reader.report("value_invalid", "a message can be redacted, masked or hashed, not encrypted", name: "action")
            return nil
        }
        channels = Set(words.compactMap(Channel.init(rawValue:)))
        self.rule = rule
    }

    private init(channels: Set<Channel>, rule: MaskingRule) {
        self.channels = channels
        self.rule = rule
    }
}
