import Foundation
import Synchronization

/// Where values that are not written into files come from: `${NAME}` and `${file:path}`.
public struct SecretSource: Sendable, CustomStringConvertible, CustomReflectable {
    private let environment: [String: String]
    private let baseDirectory: String
    private let files = ReferencedFiles()

    /// The paths that references have led to so far, whether there was a file or not.
    private final class ReferencedFiles: Sendable {
        let paths = Mutex<Set<String>>([])
    }

    /// The files that values were read from, to be looked at for changes.
    var referencedFiles: [String] { files.paths.withLock { $0.sorted() } }

    /// - Parameters:
    ///   - environment: What `${NAME}` refers to.
    ///   - baseDirectory: What relative paths in `${file:path}` start from.
    public init(environment: [String: String], baseDirectory: String) {
        self.environment = environment
        self.baseDirectory = baseDirectory
    }

    /// This process' environment.
    public static func process(baseDirectory: String) -> SecretSource {
        SecretSource(environment: ProcessInfo.processInfo.environment, baseDirectory: baseDirectory)
    }

    /// Never what is in it: whoever prints a value that holds this prints no secret.
    public var description: String { "<secrets>" }

    /// Nothing, for the same reason.
    public var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Why a reference cannot be followed; says its name, never its value.
    struct Failure: Error {
        let code: String
        let message: String
    }

    /// Replaces every reference in a text; `$${` stands for `${`.
    func resolve(_ text: String) throws(Failure) -> String {
        guard text.contains("${") else { return text }
        var out = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            let before = rest[..<start.lowerBound]
            if before.hasSuffix("$") {
                out += before.dropLast() + "${"
                rest = rest[start.upperBound...]
                continue
            }
            out += before
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                throw Failure(code: "reference_invalid", message: "a reference '${' has no closing '}'")
            }
            out += try value(of: String(rest[start.upperBound..<end]))
            rest = rest[rest.index(after: end)...]
        }
        return out + rest
    }

    private func value(of reference: String) throws(Failure) -> String {
        if reference.hasPrefix("file:") { return try file(String(reference.dropFirst(5))) }
        guard let value = environment[reference] else {
            throw Failure(
                code: "variable_missing",
                message:
                    "the environment variable \(reference) is not set; set it, or write ${file:path} to read a file")
        }
        return value
    }

    /// What a file holds, without the line feed at its end.
    func file(_ path: String) throws(Failure) -> String {
        let whole = path.hasPrefix("/") ? path : baseDirectory + "/" + path
        files.paths.withLock { _ = $0.insert(whole) }
        guard let data = FileManager.default.contents(atPath: whole),
            let text = String(bytes: data, encoding: .utf8)
        else { throw Failure(code: "file_unreadable", message: "the file \(path) cannot be read as text") }
        // An editor ends a file with a line feed, which is no part of a secret.
        return text.trimmingCharacters(in: .newlines)
    }
}
