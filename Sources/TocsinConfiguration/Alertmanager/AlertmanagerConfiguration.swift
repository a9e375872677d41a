public import TocsinRouting

/// What an `alertmanager.yml` configures.
public struct AlertmanagerConfiguration: Sendable {
    /// Who is told of what; every route names receivers, not integrations.
    public let route: RouteDefinition
    /// The names of the receivers in the order of the file, also of those that tell nobody.
    public let receiverNames: [String]
    /// One for every integration of every receiver.
    public let receivers: [ReceiverConfiguration]
    /// Which alerts keep which others quiet.
    public let inhibitRules: [InhibitRule]
    /// The times that routes refer to, by their names.
    public let timeIntervals: [String: [CalendarInterval]]
    /// Patterns of paths to files with templates, as they are written; relative ones start from the file's folder.
    public let templatePatterns: [String]
    /// The files that the patterns fitted when the configuration was read, sorted.
    public internal(set) var templateFiles: [String] = []
    /// After how long an alert without an end counts as ended.
    public let resolveTimeout: Duration
    /// The file as Alertmanager shows it: defaults filled in, secrets hidden.
    ///
    /// For files that Alertmanager 0.25 can read it is what that prints, byte for byte, but for the addresses of
    /// webhooks, which are secrets since 0.26.
    public let original: String
    /// What of the file has no effect here.
    public let issues: [ConfigurationIssue]
    /// The file's text, which tells two files apart that differ only in secrets.
    let text: String
    /// The whole file, for those who write it down in another form.
    let file: AlertmanagerObject
    let directory: String
}
