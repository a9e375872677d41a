import TocsinConfiguration
import TocsinRedis

extension RedisConfiguration {
    /// Reads a URL, and takes from `tocsin.yaml` what belongs to the servers and not to one user: certificates, and how to
    /// speak with Sentinels.
    ///
    /// - Throws: ``RedisError`` of kind `invalidAddress`.
    init(url: String, with settings: ServerConfiguration.Redis?) throws(RedisError) {
        try self.init(url: url, caFile: settings?.caFile)
        identity = settings?.identity.map { Identity(certificateFile: $0.certificateFile, keyFile: $0.keyFile) }
        if case .sentinels(var sentinels) = servers {
            sentinels.username = settings?.sentinelUsername
            sentinels.password = settings?.sentinelPassword
            servers = .sentinels(sentinels)
        }
    }
}
