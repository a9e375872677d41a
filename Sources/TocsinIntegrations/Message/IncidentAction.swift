import TocsinAlerts

/// What is to become of an incident at a vendor's that calls people.
enum IncidentAction: String, Sendable, CaseIterable {
    /// It is opened, or told of again.
    case trigger
    /// Somebody works on it.
    case acknowledge
    /// It is over.
    case resolve

    /// What a notification says: that alerts fire, or that all have ended.
    init(_ notification: Notification) { self = notification.status == .firing ? .trigger : .resolve }
}
