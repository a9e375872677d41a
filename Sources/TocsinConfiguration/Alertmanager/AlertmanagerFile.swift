import Foundation
import TocsinAlerts
import TocsinCore
import TocsinRouting
import Yams

/// Reads the files that Alertmanager is configured with, of the versions 0.25 to 0.34.
///
/// A file is read as strictly as Alertmanager reads it, and what is wrong with it is told in Alertmanager's words. Where
/// the versions disagree, the newest is right. Defaults are those of 0.25, which the newest only words differently.
public enum AlertmanagerFile {
    /// Reads a file, and finds the files with templates that it refers to.
    ///
    /// - Throws: ``AlertmanagerFileError`` if the file cannot be read or Alertmanager would not start with it.
    public static func load(path: String) throws(AlertmanagerFileError) -> AlertmanagerConfiguration {
        guard let data = FileManager.default.contents(atPath: path), let text = String(bytes: data, encoding: .utf8)
        else {
            let message = "the file cannot be read as text: is it there, and may you read it?"
            throw AlertmanagerFileError(AlertmanagerFault(message), file: path)
        }
        var configuration = try parse(text, path: path)
        let files = configuration.templatePatterns.flatMap {
            AlertmanagerPath.matches(AlertmanagerPath.join(configuration.directory, $0))
        }
        configuration.templateFiles = Set(files).sorted()
        return configuration
    }

    /// Reads the text of a file.
    ///
    /// - Parameter path: Where the text is from, for messages and for relative paths in it.
    /// - Throws: ``AlertmanagerFileError`` if Alertmanager would not start with it.
    public static func parse(
        _ text: String, path: String
    ) throws(AlertmanagerFileError) -> AlertmanagerConfiguration {
        do throws(AlertmanagerFault) {
            let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
            let file = try object(text, path: path, directory: directory)
            return try configuration(file, text: text, directory: directory)
        } catch {
            throw AlertmanagerFileError(error, file: path)
        }
    }

    /// Whether a file looks like one of Alertmanager's and not like one of a tenant.
    public static func isOne(_ node: ConfigurationNode) -> Bool {
        guard case .mapping(let members) = node.value,
            members.allSatisfy({ AlertmanagerSchema.file.field($0.name) != nil }),
            case .mapping? = members.first(where: { $0.name == "route" })?.node.value,
            case .sequence(let receivers)? = members.first(where: { $0.name == "receivers" })?.node.value
        else { return false }
        return !receivers.contains { receiver in
            guard case .mapping(let members) = receiver.value else { return false }
            return members.contains { AlertmanagerSchema.receiver.field($0.name) == nil }
        }
    }

    private static func object(
        _ text: String, path: String, directory: String
    ) throws(AlertmanagerFault) -> AlertmanagerObject {
        let start = SourceLocation(file: path, line: 1, column: 1)
        var decoder = AlertmanagerDecoder(file: path, directory: directory)
        guard let node = try AlertmanagerYAML.node(text, file: path) else {
            throw AlertmanagerFault("no route provided in config", at: start)
        }
        if case .scalar(let scalar) = node, GoYAMLScalar(scalar) == .null {
            throw AlertmanagerFault("no route provided in config", at: start)
        }
        let object = try decoder.object(node, .file)
        guard let object, decoder.typeErrors.isEmpty else {
            throw AlertmanagerFault(
                "yaml: unmarshal errors:" + decoder.typeErrors.map { "\n  " + $0 }.joined(),
                at: decoder.firstTypeError ?? start)
        }
        if let route = object.object("route"), route.bool("continue") {
            throw AlertmanagerFault("cannot have continue in root route", at: route.location(of: "continue"))
        }
        return object
    }

    private static func configuration(
        _ file: AlertmanagerObject, text: String, directory: String
    ) throws(AlertmanagerFault) -> AlertmanagerConfiguration {
        guard let routeObject = file.object("route"), let global = file.object("global") else {
            throw AlertmanagerFault("no routes provided")
        }
        var route = try AlertmanagerRoutes.route(routeObject)
        route.groupBy = route.groupBy ?? .labels([])
        var rules: [InhibitRule] = []
        for rule in file.objects("inhibit_rules") {
            if let rule = try AlertmanagerRoutes.inhibitRule(rule) { rules.append(rule) }
        }
        let patterns = file.texts("templates")
        var shown = file
        shown["templates"] = .list(patterns.map { .text(AlertmanagerPath.join(directory, $0)) })
        return AlertmanagerConfiguration(
            route: route, receiverNames: file.objects("receivers").map { $0.text("name") },
            receivers: AlertmanagerReceivers.all(of: file), inhibitRules: rules,
            timeIntervals: try AlertmanagerIntervals.all(of: file), templatePatterns: patterns,
            resolveTimeout: DurationText.parse(global.text("resolve_timeout")) ?? .seconds(300),
            original: GoYAMLWriter.text(of: AlertmanagerOutput.node(shown)), issues: AlertmanagerIssues.find(in: file),
            text: text, file: file, directory: directory)
    }
}
