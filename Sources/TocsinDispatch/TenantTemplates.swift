import Foundation
import TocsinConfiguration
import TocsinIntegrations
import TocsinTemplates

/// Reads the templates that a tenant's texts may use: the default ones, and those in its files.
enum TenantTemplates {
    /// - Parameter issues: Takes what is wrong with a file; the others are read all the same.
    static func read(_ configuration: TenantConfiguration, issues: IssueCollector) -> TemplateSet {
        var templates = IntegrationRegistry.defaultTemplates
        for file in configuration.templateFiles {
            func report(_ code: String, _ message: String, line: Int = 1, column: Int = 1) {
                issues.add(
                    ConfigurationIssue(
                        severity: .error, code: code, location: SourceLocation(file: file, line: line, column: column),
                        path: "\(configuration.id).templates", message: message))
            }
            guard let data = FileManager.default.contents(atPath: file), let text = String(bytes: data, encoding: .utf8)
            else {
                report("file_unreadable", "the file cannot be read as text: is it there, and may you read it?")
                continue
            }
            do throws(TemplateError) {
                try templates.add(name: URL(fileURLWithPath: file).lastPathComponent, text: text)
            } catch {
                report("template_invalid", error.detail, line: error.line, column: error.column)
            }
        }
        return templates
    }
}
