/// The kinds of receivers that Alertmanager knows, in the order in which it prints them.
enum AlertmanagerReceiverKind: String, CaseIterable, Sendable {
    case discord
    case email
    case incidentio
    case pagerduty
    case slack
    case webhook
    case opsgenie
    case wechat
    case pushover
    case victorops
    case sns
    case telegram
    case webex
    case msteams
    case msteamsv2
    case jira
    case rocketchat
    case mattermost

    /// The field of a receiver that lists them.
    var fieldName: String { rawValue + "_configs" }

    var schema: AlertmanagerSchema {
        switch self {
        case .discord: .discord
        case .email: .email
        case .incidentio: .incidentio
        case .pagerduty: .pagerduty
        case .slack: .slack
        case .webhook: .webhook
        case .opsgenie: .opsgenie
        case .wechat: .wechat
        case .pushover: .pushover
        case .victorops: .victorops
        case .sns: .sns
        case .telegram: .telegram
        case .webex: .webex
        case .msteams: .msteams
        case .msteamsv2: .msteamsv2
        case .jira: .jira
        case .rocketchat: .rocketchat
        case .mattermost: .mattermost
        }
    }
}
