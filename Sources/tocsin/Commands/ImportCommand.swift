import ArgumentParser
import Foundation
import TocsinConfiguration
import TocsinCore

/// `tocsin import`.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Writes an Alertmanager's file down as the file of a tenant.",
        discussion: """
            Prints the text for tenants/<id>.yaml. Secrets are not in it: it refers to environment variables, which \
            are listed on standard error, and written with their values (mode 0600) where --secrets names a file.

            Example: tocsin import /etc/prometheus/alertmanager.yml --secrets acme.env > tenants/acme.yaml
            """)

    @Argument(help: "Alertmanager's configuration file.") var file: String
    @Option(help: "A new file for the secrets, as lines of NAME=value.") var secrets: String?
    @Option(help: "text for YAML, or json for the text and the variables' names.") var output: OutputFormat = .text

    private struct Report: Encodable {
        struct Variable: Encodable {
            let name: String
            let path: String
        }

        let yaml: String
        let variables: [Variable]
    }

    func run() async throws {
        try await Output.run(output) {
            let configuration: AlertmanagerConfiguration
            do throws(AlertmanagerFileError) {
                configuration = try AlertmanagerFile.load(path: file)
            } catch {
                throw CommandError(code: error.code, message: "\(error)", exitCode: .badData)
            }
            for issue in configuration.issues { Output.note("\(issue)") }
            let made = AlertmanagerImport(configuration)
            if let secrets { try write(made.secrets, to: secrets) }
            switch output {
            case .json:
                try Output.json(
                    Report(yaml: made.yaml, variables: made.secrets.map { .init(name: $0.name, path: $0.path) }))
            case .text:
                Output.bytes(Array(made.yaml.utf8))
                if secrets == nil {
                    for variable in made.secrets { Output.note("set \(variable.name) to \(variable.path)") }
                }
            }
        }
    }

    /// A file that is there is left alone: it may hold the only copy of something.
    private func write(_ variables: [AlertmanagerImport.Variable], to path: String) throws {
        let lines = variables.map { "\($0.name)=\(shellQuoted($0.value.reveal()))\n" }.joined()
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandError(
                code: "file_unwritable", message: "\(path) cannot be made, or is there already: name a new file",
                exitCode: .cannotCreate)
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: Data(lines.utf8))
    }

    private func shellQuoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}
