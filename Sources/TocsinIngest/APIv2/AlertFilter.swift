import TocsinAlerts
import TocsinCore
import TocsinRouting

/// Which alerts a list shows: the parameters that `GET /alerts` and `GET /alerts/groups` share.
struct AlertFilter: Sendable {
    let isActiveShown: Bool
    let isSilencedShown: Bool
    let isInhibitedShown: Bool
    let isMutedShown: Bool
    private let matchers: [Matcher]
    private let receiver: RE2Pattern?
    private let receiverMatchers: [Matcher]

    init(_ query: QueryParameters) throws(APIv2Error) {
        isActiveShown = try query.flag("active", default: true)
        isSilencedShown = try query.flag("silenced", default: true)
        isInhibitedShown = try query.flag("inhibited", default: true)
        isMutedShown = try query.flag("muted", default: true)
        // Alerts are processed before a list is made, so this chooses nothing; it is read because it may be malformed.
        _ = try query.flag("unprocessed", default: true)
        matchers = try query.matchers("filter")
        receiverMatchers = try query.matchers("receiver_matchers")
        guard let text = query.first("receiver") else {
            receiver = nil
            return
        }
        do throws(RE2Error) { receiver = try RE2Pattern(text) } catch {
            throw .badRequest("failed to parse receiver param: \(error.message)")
        }
    }

    /// Whether alerts of a receiver are shown.
    func shows(receiver name: String) -> Bool {
        guard receiverMatchers.allSatisfy({ $0.matches(LabelSet()) }) else { return false }
        return receiver?.matches(name) ?? true
    }

    /// Whether what an alert says and to whom it goes does not matter.
    var isForAll: Bool { matchers.isEmpty && receiver == nil && receiverMatchers.isEmpty }

    /// Whether an alert is shown that goes to these receivers.
    func shows(_ alert: Alert, receivers: [String], at now: Timestamp) -> Bool {
        guard !alert.isResolved(at: now), matchers.allSatisfy({ $0.matches(alert.labels) }) else { return false }
        return receivers.contains { shows(receiver: $0) }
    }

    /// Whether an alert is shown that stands so.
    func shows(_ standing: AlertStanding) -> Bool {
        if !isActiveShown, standing.isActive { return false }
        if !isSilencedShown, !standing.silencedBy.isEmpty { return false }
        return isInhibitedShown || standing.inhibitedBy.isEmpty
    }
}

/// What keeps an alert from being told of, if anything does.
struct AlertStanding: Sendable, Hashable {
    /// Ids of silences.
    var silencedBy: [String] = []
    /// Fingerprints of the alerts that inhibit it.
    var inhibitedBy: [UInt64] = []

    /// Whether nothing does.
    var isActive: Bool { silencedBy.isEmpty && inhibitedBy.isEmpty }
}
