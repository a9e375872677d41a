import Foundation
import TocsinAlerts
public import TocsinCore

extension ConfigurationSource {
    /// An Alertmanager's file, for a deployment of one tenant.
    ///
    /// It is read again when somebody asks for it, as there, and when one of the files that its secrets are in changes.
    ///
    /// - Parameters:
    ///   - server: What such a file does not say.
    ///   - silences: The most silences; 0 for no limit.
    public static func alertmanager(
        _ path: String, server: ServerConfiguration, tenant: TenantID, silences: Int, secrets: SecretSource
    ) -> ConfigurationSource {
        ConfigurationSource(
            path: path,
            read: {
                do throws(AlertmanagerFileError) {
                    let file = try AlertmanagerFile.load(path: path)
                    var configuration = TenantConfiguration(id: tenant, file)
                    configuration.limits.silences = silences
                    let digest = Hexadecimal.encode(FNV64.hash(file.text.utf8))
                    return (
                        TocsinConfiguration(server: server, tenants: [tenant: configuration], digest: digest),
                        file.issues
                    )
                } catch {
                    let issue = ConfigurationIssue(
                        severity: .error, code: error.code, location: error.location, path: "", message: error.message)
                    return (nil, [issue])
                }
            }, files: { secrets.referencedFiles })
    }
}

extension ConfigurationSource {
    /// A file that is one of Tocsin's own or an Alertmanager's: what it looks like decides.
    public static func any(_ path: String, secrets: SecretSource) -> ConfigurationSource {
        let issues = IssueCollector()
        guard let data = FileManager.default.contents(atPath: path),
            let node = ConfigurationNode.parse(String(decoding: data, as: UTF8.self), file: path, issues: issues),
            AlertmanagerFile.isOne(node), let tenant = TenantID("default")
        else { return native(path, secrets: secrets) }
        return alertmanager(path, server: ServerConfiguration(), tenant: tenant, silences: 0, secrets: secrets)
    }
}

extension TenantConfiguration {
    /// A tenant as an Alertmanager's file describes it, with Alertmanager's own limits: hardly any.
    init(id: TenantID, _ file: AlertmanagerConfiguration) {
        self.init(id: id)
        resolveTimeout = file.resolveTimeout
        route = file.route
        receivers = file.receivers
        receiverNames = file.receiverNames
        inhibitRules = file.inhibitRules
        timeIntervals = file.timeIntervals
        templateFiles = file.templateFiles
        alertmanagerText = file.original
        limits.alerts.maxBodyBytes = 64 << 20
        limits.alerts.maxAlerts = 1_000_000
    }
}
