import Synchronization

/// A place in a configuration file.
public struct SourceLocation: Sendable, Hashable {
    /// The file's path, as it was given.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column, from 1.
    public let column: Int

    /// Makes a place.
    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }
}

/// Something that is wrong with a configuration.
///
/// Its message never holds a value that may be a secret.
public struct ConfigurationIssue: Sendable, Hashable, CustomStringConvertible {
    /// How bad it is.
    public enum Severity: String, Sendable, Hashable {
        /// The configuration, or the receiver it is about, cannot be used.
        case error
        /// It can be used, but probably does not do what was meant.
        case warning
    }

    /// How bad it is.
    public let severity: Severity
    /// A word that scripts can match.
    public let code: String
    /// Where it is.
    public let location: SourceLocation
    /// The path of the setting, such as `acme.receivers[0].config.url`.
    public let path: String
    /// What is wrong and what was expected.
    public let message: String

    /// Makes an issue.
    public init(severity: Severity, code: String, location: SourceLocation, path: String, message: String) {
        self.severity = severity
        self.code = code
        self.location = location
        self.path = path
        self.message = message
    }

    /// As compilers write it: `file:line:column: error: path: message [code]`.
    public var description: String {
        let place = "\(location.file):\(location.line):\(location.column)"
        return "\(place): \(severity.rawValue): \(path.isEmpty ? "" : path + ": ")\(message) [\(code)]"
    }
}

/// Takes what is wrong while a configuration is read, so that all of it can be told at once.
public final class IssueCollector: Sendable {
    private let found = Mutex<[ConfigurationIssue]>([])

    /// Starts with none.
    public init() {}

    /// What was found, in the order of the files' lines.
    public var issues: [ConfigurationIssue] {
        found.withLock { $0 }.sorted {
            ($0.location.file, $0.location.line, $0.location.column)
                < ($1.location.file, $1.location.line, $1.location.column)
        }
    }

    /// Whether an error was found.
    public var hasErrors: Bool { found.withLock { $0.contains { $0.severity == .error } } }

    /// Takes an issue.
    public func add(_ issue: ConfigurationIssue) { found.withLock { $0.append(issue) } }
}
