/// What a caller may do within its tenant.
///
/// None implies another: a token has exactly what it was given.
public enum Permission: String, Sendable, Hashable, CaseIterable {
    /// See alerts, groups, silences and notifications.
    case read
    /// Send alerts.
    case write
    /// Make, change and end silences.
    case silence
    /// Acknowledge and escalate.
    case escalate
    /// Change the tenant's configuration, tokens and keys.
    case admin
    /// Read the audit log.
    case audit
}
