import Foundation
import TocsinCore

/// Reads `tocsin.yaml`, and beside it `receivers.yaml` (a tenant's name over each part) and `tenants/<id>.yaml`.
public enum ConfigurationLoader {
    /// Reads a configuration.
    ///
    /// - Parameters:
    ///   - path: Of `tocsin.yaml`.
    ///   - environment: What `${NAME}` refers to.
    /// - Returns: The configuration, or `nil` if there is an error among the issues.
    public static func load(
        path: String, environment: [String: String]
    ) -> (configuration: TocsinConfiguration?, issues: [ConfigurationIssue]) {
        load(
            path: path,
            secrets: SecretSource(
                environment: environment, baseDirectory: URL(fileURLWithPath: path).deletingLastPathComponent().path))
    }

    static func load(
        path: String, secrets: SecretSource
    ) -> (configuration: TocsinConfiguration?, issues: [ConfigurationIssue]) {
        let issues = IssueCollector()
        var loader = Loader(issues: issues, secrets: secrets)
        let configuration = loader.load(path)
        return (issues.hasErrors ? nil : configuration, issues.issues)
    }

    /// The files that belong to a configuration and are there.
    static func files(of path: String) -> [String] {
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let prefix = path.contains("/") ? String(path[...(path.lastIndex(of: "/") ?? path.startIndex)]) : ""
        var files = [path]
        if FileManager.default.fileExists(atPath: directory + "/receivers.yaml") {
            files.append(prefix + "receivers.yaml")
        }
        let tenants = (try? FileManager.default.contentsOfDirectory(atPath: directory + "/tenants")) ?? []
        files += tenants.filter { $0.hasSuffix(".yaml") && !$0.hasPrefix(".") }.sorted().map {
            prefix + "tenants/" + $0
        }
        return files
    }
}

private struct Loader {
    let issues: IssueCollector
    let secrets: SecretSource
    private var tenants: [TenantID: TenantConfiguration] = [:]
    private var digest = FNV64()

    init(issues: IssueCollector, secrets: SecretSource) {
        self.issues = issues
        self.secrets = secrets
    }

    mutating func load(_ path: String) -> TocsinConfiguration? {
        let files = ConfigurationLoader.files(of: path)
        guard let main = read(files[0]) else { return nil }
        let server = ServerConfiguration(reader(main, path: ""))
        for file in files.dropFirst() {
            guard let node = read(file) else { continue }
            if file.hasSuffix("receivers.yaml"), !file.hasSuffix("tenants/receivers.yaml") {
                guard case .mapping(let members) = node.value else {
                    report(
                        "mapping_expected",
                        "this is \(node.value.words); expected a mapping of tenants' names to their configurations",
                        at: node.location)
                    continue
                }
                for member in members { add(member.name, member.node, at: member.location) }
            } else {
                let name = String((file.split(separator: "/").last ?? "").dropLast(".yaml".count))
                add(name, node, at: node.location)
            }
        }
        return TocsinConfiguration(server: server, tenants: tenants, digest: Hexadecimal.encode(digest.value))
    }

    private mutating func add(_ name: String, _ node: ConfigurationNode, at location: SourceLocation) {
        guard let id = TenantID(name) else {
            return report(
                "tenant_invalid",
                "a tenant's name has 1 to 64 small letters, digits, '-', '_' or '.', and starts with a letter or digit",
                at: location, path: name)
        }
        guard tenants[id] == nil else {
            return report("tenant_twice", "the tenant \(id) is configured twice", at: location, path: name)
        }
        tenants[id] = TenantConfiguration(id: id, reader(node, path: name))
    }

    private func reader(_ node: ConfigurationNode, path: String) -> MappingReader {
        MappingReader(node, path: path, issues: issues, environment: secrets)
    }

    private mutating func read(_ file: String) -> ConfigurationNode? {
        let start = SourceLocation(file: file, line: 1, column: 1)
        guard let data = FileManager.default.contents(atPath: file), let text = String(bytes: data, encoding: .utf8)
        else {
            report("file_unreadable", "the file cannot be read as text: is it there, and may you read it?", at: start)
            return nil
        }
        digest.add(text.utf8)
        return ConfigurationNode.parse(text, file: file, issues: issues)
    }

    private func report(_ code: String, _ message: String, at location: SourceLocation, path: String = "") {
        issues.add(.init(severity: .error, code: code, location: location, path: path, message: message))
    }
}
