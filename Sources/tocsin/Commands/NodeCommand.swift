import ArgumentParser
import TocsinAudit
import TocsinCore
import TocsinStreams

/// `tocsin node`.
struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node", abstract: "Lists the nodes of a deployment, and sends one away.",
        discussion: "Example: tocsin node list --redis redis://10.0.0.5:6379", subcommands: [List.self, Drain.self])

    /// `tocsin node list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists the nodes: role, version, load, and what each has in hand.",
            discussion: """
                SEEN is how long ago a node last said anything; after a minute of silence it is left out. Example: tocsin \
                node list --output json
                """)

        @Option(help: "text or json.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        func run() async throws {
            try await Output.run(output) {
                let nodes = try await deployment.withStreams { streams, _ in try await streams.nodes() }
                switch output {
                case .json: try Output.json(nodes)
                case .text: NodeTable.show(nodes)
                }
            }
        }
    }

    /// `tocsin node drain`.
    struct Drain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "drain", abstract: "Asks a node to finish or hand back what it has, and to end.",
            discussion: """
                The node does what it does after SIGTERM, within two seconds: it takes no more work and exits with 0. \
                Whatever started it must not start it again. Exit code 1 if there is no such node.

                Example: tocsin node drain web1-4711-0a1b2c3d
                """)

        @Argument(help: "The node's id, as `tocsin node list` shows it.") var id: String
        @Option(help: "text or json.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        private struct Answer: Encodable {
            let draining: String
        }

        func run() async throws {
            try await Output.run(output) {
                let isKnown = try await deployment.withStreams { streams, _ in
                    let event = AuditEvent(.nodeDrain, on: "node/\(id)", by: .command)
                    return try await streams.recorder.around(event, in: .deployment) {
                        let isKnown = try await streams.drain(node: id)
                        return (isKnown, AuditChange(facts: [.init("known", String(isKnown))]))
                    }
                }
                guard isKnown else {
                    throw CommandError(
                        code: "node_unknown",
                        message:
                            "there is no node \(id): it has ended, or the id is not one that `tocsin node list` shows",
                        exitCode: .negative)
                }
                switch output {
                case .json: try Output.json(Answer(draining: id))
                case .text: Output.line("node \(id) is told to drain")
                }
            }
        }
    }
}
