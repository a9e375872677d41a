public import TocsinAlerts

/// How bad an alert is, by its `severity` label.
public enum Severity: Int, Sendable, Hashable, Comparable, CaseIterable {
    /// `none`: a heartbeat or a test.
    case none
    /// `info`, `informational`, `notice`, `low`, `p5`, `p4`.
    case info
    /// `warning`, `warn`, `medium`, `moderate`, `p3`.
    case warning
    /// `error`, `major`, `high`, `p2`.
    case error
    /// `critical`, `crit`, `fatal`, `emergency`, `page`, `p1`, `p0`.
    case critical

    private static let names: [String: Severity] = [
        "none": .none,
        "info": .info, "informational": .info, "notice": .info, "low": .info, "p5": .info, "p4": .info,
        "warning": .warning, "warn": .warning, "medium": .warning, "moderate": .warning, "p3": .warning,
        "error": .error, "major": .error, "high": .error, "p2": .error,
        "critical": .critical, "crit": .critical, "fatal": .critical, "emergency": .critical, "page": .critical,
        "p1": .critical, "p0": .critical,
    ]

    /// The severity that a word means, in any case, or `nil`.
    public init?(word: String) {
        guard let known = Severity.names[word.lowercased()] else { return nil }
        self = known
    }

    /// The severity of an alert.
    ///
    /// One without the label, or with a word that nobody knows, counts as critical: a false page costs sleep, a lost
    /// one an outage.
    public init(of labels: LabelSet) {
        self = labels["severity"].flatMap(Severity.init(word:)) ?? .critical
    }

    /// The field's usual word.
    public var word: String {
        switch self {
        case .none: "none"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        }
    }

    /// From the least to the worst.
    public static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
}
