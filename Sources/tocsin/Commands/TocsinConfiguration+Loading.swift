import Foundation
import TocsinConfiguration
import TocsinCore

extension TocsinConfiguration {
    /// Reads a configuration; everything that is wrong with it is printed.
    ///
    /// - Throws: ``CommandError`` if it cannot be used.
    static func load(printing path: String) throws -> TocsinConfiguration {
        let (configuration, issues) = ConfigurationLoader.load(
            path: path, environment: ProcessInfo.processInfo.environment)
        for issue in issues { Output.note("\(issue)") }
        guard let configuration else {
            throw CommandError(
                code: "configuration_invalid",
                message: "the configuration \(path) cannot be used: \(issues.count) problem(s), listed above",
                exitCode: .configuration)
        }
        return configuration
    }

    /// What is configured for a tenant.
    ///
    /// - Throws: ``CommandError`` if there is no such tenant.
    func settings(of tenant: TenantID) throws -> TenantConfiguration {
        guard let settings = tenants[tenant] else {
            throw CommandError(
                code: "tenant_unknown", message: "the configuration has no tenant \(tenant)", exitCode: .configuration)
        }
        return settings
    }
}
