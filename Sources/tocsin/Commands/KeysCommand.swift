import ArgumentParser
import TocsinAudit
import TocsinConfiguration
import TocsinCore
import TocsinSealing
import TocsinStreams

/// `tocsin keys`.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Shows, checks and replaces the keys that tenants' records are sealed with.",
        discussion: "Example: tocsin keys rotate --tenant all",
        subcommands: [
            List.self, Rotate.self, Verify.self, ExportWrapped.self, Reseal.self, CreateRoot.self, RewrapRoot.self,
        ])

    /// Whose keys they are.
    struct Owner: Sendable {
        let id: TenantID
        let algorithm: SealingAlgorithm
        /// What people call it.
        var name: String { AuditLog.name(of: id) }
    }

    /// Whose keys a command is for.
    struct Choice: ParsableArguments, Sendable {
        @Option(help: "A tenant, deployment for the keys that belong to no tenant alone, or all.") var tenant = "all"

        func owners(_ configuration: TocsinConfiguration) throws -> [Owner] {
            let deployment = Owner(id: .deployment, algorithm: .aes256GCM)
            switch tenant {
            case "deployment": return [deployment]
            case "all":
                return configuration.tenants.values.sorted { $0.id < $1.id }
                    .map { Owner(id: $0.id, algorithm: $0.algorithm) } + [deployment]
            default:
                guard let id = TenantID(tenant) else {
                    throw ValidationError("--tenant takes a tenant's name, deployment, or all")
                }
                return [Owner(id: id, algorithm: try configuration.settings(of: id).algorithm)]
            }
        }

        /// Does something for each of them, in turn.
        func each<Row: Sendable>(
            _ deployment: DeploymentOptions,
            _ body: @escaping @Sendable (TenantStreams, Owner) async throws -> [Row]
        ) async throws -> [Row] {
            try await deployment.withStreams { [self] streams, configuration in
                var rows: [Row] = []
                for owner in try owners(configuration) { rows += try await body(streams, owner) }
                return rows
            }
        }
    }

    /// `tocsin keys list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists the keys: version, cipher, age, and which one seals.")

        @OptionGroup var choice: Choice
        @Option(help: "text or json.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        private struct Row: Encodable {
            let tenant: String
            let version: UInt32
            let algorithm: String
            let createdAt: String
            let isSealing: Bool
            let uses: UInt64
        }

        func run() async throws {
            try await Output.run(output) {
                let rows = try await KeysCommand.reports(choice, deployment).map {
                    Row(
                        tenant: $0.tenant, version: $0.version, algorithm: $0.algorithm, createdAt: $0.createdAt,
                        isSealing: $0.isSealing, uses: $0.uses)
                }
                switch output {
                case .json: try Output.json(rows)
                case .text:
                    Output.table(
                        [["TENANT", "VERSION", "CIPHER", "MADE", "SEALS", "USES"]]
                            + rows.map {
                                [
                                    $0.tenant, "\($0.version)", $0.algorithm, $0.createdAt, $0.isSealing ? "yes" : "",
                                    "\($0.uses)",
                                ]
                            })
                }
            }
        }
    }

    /// `tocsin keys rotate`.
    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate", abstract: "Puts a new key into use: first every node has it, then it seals.",
            discussion: """
                Nothing stops meanwhile. Old keys stay and open what they sealed. Nodes do this by themselves when a key is \
                older than keys.rotate_after (30d).

                Example: tocsin keys rotate --tenant acme
                """)

        @OptionGroup var choice: Choice
        @Option(help: "text or json.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        private struct Row: Encodable {
            let tenant: String
            let version: UInt32
        }

        func run() async throws {
            try await Output.run(output) {
                let rows = try await choice.each(deployment) { [output] streams, owner in
                    let event = AuditEvent(.keyRotate, on: "key", by: .command)
                    let version = try await streams.recorder.around(event, in: owner.id) {
                        let version = try await streams.rotateKey(of: owner.id, algorithm: owner.algorithm)
                        return (version, AuditChange(object: "key/\(version)"))
                    }
                    if output == .text { Output.line("\(owner.name): key \(version) seals now") }
                    return [Row(tenant: owner.name, version: version)]
                }
                if output == .json { try Output.json(rows) }
            }
        }
    }

    /// `tocsin keys verify`.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Opens every key with the root key, and seals and opens something with it.",
            discussion: "Exit code 65 if a key is damaged, 78 if the root key is another one.")

        @OptionGroup var choice: Choice
        @Option(help: "text or json.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        private struct Row: Encodable {
            let tenant: String
            let goodKeys: Int
        }

        func run() async throws {
            try await Output.run(output) {
                let rows = try await choice.each(deployment) { streams, owner in
                    [Row(tenant: owner.name, goodKeys: try await streams.verifyKeys(of: owner.id))]
                }
                switch output {
                case .json: try Output.json(rows)
                case .text: for row in rows { Output.line("\(row.tenant): \(row.goodKeys) good") }
                }
            }
        }
    }

    /// `tocsin keys export-wrapped`.
    struct ExportWrapped: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export-wrapped", abstract: "Prints the keys, wrapped by the root key, as JSON for a backup.",
            discussion: "Without the root key they are of no use, and without them sealed records are lost.")

        @OptionGroup var choice: Choice
        @OptionGroup var deployment: DeploymentOptions

        func run() async throws {
            try await Output.run(.json) {
                let reports = try await choice.each(deployment) { streams, owner in
                    try await streams.recorder.around(AuditEvent(.keyExport, on: "key", by: .command), in: owner.id) {
                        (try await KeysCommand.keys(of: owner, streams), AuditChange())
                    }
                }
                try Output.json(reports)
            }
        }
    }

    private static func reports(_ choice: Choice, _ deployment: DeploymentOptions) async throws -> [KeyReport] {
        try await choice.each(deployment) { streams, owner in try await keys(of: owner, streams) }
    }

    private static func keys(of owner: Owner, _ streams: TenantStreams) async throws -> [KeyReport] {
        try await streams.keys(of: owner.id).map { report in
            var report = report
            report.tenant = owner.name
            return report
        }
    }
}
