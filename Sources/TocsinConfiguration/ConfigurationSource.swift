/// Where a node's configuration comes from: Tocsin's own files, or an Alertmanager's.
public struct ConfigurationSource: Sendable {
    /// The file that is named to whoever reads of it.
    public let path: String
    let read: @Sendable () -> (configuration: TocsinConfiguration?, issues: [ConfigurationIssue])
    /// The files whose changes are noticed.
    let files: @Sendable () -> [String]

    /// Tocsin's own files.
    ///
    /// - Parameter path: Of `tocsin.yaml`.
    public static func native(_ path: String, secrets: SecretSource) -> ConfigurationSource {
        ConfigurationSource(
            path: path, read: { ConfigurationLoader.load(path: path, secrets: secrets) },
            files: { ConfigurationLoader.files(of: path) + secrets.referencedFiles })
    }

    /// Reads the configuration.
    ///
    /// - Returns: The configuration, or `nil` if there is an error among the issues.
    public func load() -> (configuration: TocsinConfiguration?, issues: [ConfigurationIssue]) { read() }
}
