import ArgumentParser
import TocsinConfiguration
import TocsinCore

extension KeysCommand {
    /// `tocsin keys create-root`.
    struct CreateRoot: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create-root",
            abstract: "Has the key service of root_key make a root key, and keeps it wrapped in a file.",
            discussion: """
                Every node needs the file, which is of no use without the service. One that is there already is left as it is.

                Example: tocsin keys create-root --config tocsin.yaml
                """)

        @Option(help: "The configuration file.") var config = "tocsin.yaml"

        func run() async throws {
            try await Output.run {
                let key = try KeysCommand.wrapped(config)
                try await key.create()
                Output.line("the root key is in \(key.path)")
            }
        }
    }

    /// `tocsin keys rewrap-root`.
    struct RewrapRoot: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rewrap-root",
            abstract: "Has the root key wrapped by the newest version of the key service's own key.",
            discussion: """
                The root key stays the same, so that nodes need not know: give them the new file before the service forgets the
                old version.

                Example: tocsin keys rewrap-root --config tocsin.yaml
                """)

        @Option(help: "The configuration file.") var config = "tocsin.yaml"

        func run() async throws {
            try await Output.run {
                let key = try KeysCommand.wrapped(config)
                let id = try await key.rewrap()
                Output.line("the root key \(id) is wrapped anew in \(key.path)")
            }
        }
    }

    private static func wrapped(_ file: String) throws -> WrappedRootKey {
        let configuration = try TocsinConfiguration.load(printing: file)
        guard case .service(let settings) = configuration.server.rootKey else {
            throw CommandError(
                code: "root_key_not_wrapped",
                message: "root_key of \(file) names no key service (transit or aws_kms)", exitCode: .configuration)
        }
        return try WrappedRootKey(settings, of: configuration, directory: DeploymentOptions.directory(of: file))
    }
}
