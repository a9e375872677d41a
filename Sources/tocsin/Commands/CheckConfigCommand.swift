import ArgumentParser
import Foundation
import Logging
import TocsinConfiguration
import TocsinCore
import TocsinDispatch
import TocsinIngest
import TocsinRedis
import TocsinStreams

/// `tocsin check-config`.
struct CheckConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config", abstract: "Reads the configuration and says everything that is wrong with it.",
        discussion: """
            Takes Tocsin's own tocsin.yaml, with all that belongs to it, and Alertmanager's alertmanager.yml.

            Example: tocsin check-config deploy/example/tocsin.yaml
                     tocsin check-config /etc/prometheus/alertmanager.yml
                     tocsin check-config tocsin.yaml --redis redis://10.0.0.5:6379

            Exit code 0 if a node would start with it, 78 if not.
            """)

    @Argument(help: "The configuration file.") var file: String = "tocsin.yaml"
    @Option(help: "Also look whether this Redis server gives what the tenants' durability asks for; changes nothing.")
    var redis: String?
    @Option(help: "text or json.") var output: OutputFormat = .text

    private struct Report: Encodable {
        struct Issue: Encodable {
            let severity: String
            let code: String
            let file: String
            let line: Int
            let column: Int
            let path: String
            let message: String
        }

        let valid: Bool
        let tenants: Int
        let receivers: Int
        let issues: [Issue]
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let secrets = SecretSource(
            environment: environment, baseDirectory: URL(fileURLWithPath: file).deletingLastPathComponent().path)
        let (loaded, found) = ConfigurationSource.any(file, secrets: secrets).load()
        var issues = found
        var receivers = 0
        if let loaded {
            let compiled = Plans.compile(loaded, secrets: secrets)
            issues += compiled.issues
            // Whoever runs an Alertmanager has written its receivers too.
            let isAlertmanagers = loaded.tenants.values.contains { $0.alertmanagerText != nil }
            let rule = isAlertmanagers ? .open : try AddressGuard(loaded.server.delivery, environment: environment)
            issues += RefusedAddresses.issues(in: loaded, rule: rule)
            receivers = compiled.plans.values.reduce(0) { $0 + $1.receivers.count }
            issues += try await durabilityIssues(loaded)
            do {
                _ = try await IssuerLoading.load(
                    loaded.server.ingest.jwt, directory: URL(fileURLWithPath: file).deletingLastPathComponent().path,
                    logger: Logger(label: "tocsin"))
            } catch let error as CommandError {
                issues.append(
                    ConfigurationIssue(
                        severity: .error, code: error.code, location: SourceLocation(file: file, line: 1, column: 1),
                        path: "ingest.jwt", message: error.message))
            }
        }
        let isValid = loaded != nil && !issues.contains { $0.severity == .error }
        switch output {
        case .text:
            for issue in issues { Output.line("\(issue)") }
            let verdict = isValid ? "valid" : "invalid"
            Output.line("\(file): \(verdict), \(loaded?.tenants.count ?? 0) tenants, \(receivers) receivers enabled")
        case .json:
            try Output.json(
                Report(
                    valid: isValid, tenants: loaded?.tenants.count ?? 0, receivers: receivers,
                    issues: issues.map {
                        Report.Issue(
                            severity: $0.severity == .error ? "error" : "warning", code: $0.code,
                            file: $0.location.file,
                            line: $0.location.line, column: $0.location.column, path: $0.path, message: $0.message)
                    }))
        }
        if !isValid { throw ExitCode(CommandError.Exit.configuration.rawValue) }
    }

    /// What the tenants' durability asks for and Redis cannot give, as far as it is known.
    private func durabilityIssues(_ configuration: TocsinConfiguration) async throws -> [ConfigurationIssue] {
        func issue(_ severity: ConfigurationIssue.Severity, _ code: String, _ message: String) -> ConfigurationIssue {
            ConfigurationIssue(
                severity: severity, code: code, location: SourceLocation(file: file, line: 1, column: 1), path: "redis",
                message: message)
        }
        if let redis {
            let server = try RedisConfiguration(url: redis, with: configuration.server.redis)
            return try await ServerLook(server).findings(configuration.needs).map {
                issue($0.isFatal ? .error : .warning, $0.code, $0.message)
            }
        }
        guard configuration.needs.replicas > 0, configuration.server.redis == nil else { return [] }
        return [
            issue(
                .warning, "durability_impossible",
                "a tenant asks for durability replicated:\(configuration.needs.replicas), and no Redis server is named "
                    + "here: the embedded one has no replicas, and no node starts without --redis")
        ]
    }
}
