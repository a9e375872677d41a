import ArgumentParser
import TocsinIdentity
import TocsinIngest

/// `tocsin permissions`.
struct PermissionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "permissions", abstract: "Shows what a caller must be allowed, for each path and method.",
        discussion: """
            The table is the one that requests are judged by. Where it says "anyone", nobody is asked who he is; web_config_file
            guards the door as a whole.

            Example: tocsin permissions --output json
            """)

    @Option(help: "text or json.") var output: OutputFormat = .text

    private struct Row: Encodable {
        let method: String
        let path: String
        let permission: String?
    }

    func run() async throws {
        try await Output.run(output) {
            let rows = RoutePermission.all.map {
                Row(
                    method: $0.method, path: ($0.takesTenant ? "[/t/{tenant}]" : "") + $0.path,
                    permission: $0.permission?.rawValue)
            }
            switch output {
            case .json: try Output.json(rows)
            case .text:
                Output.table(
                    [["METHOD", "PERMISSION", "PATH"]] + rows.map { [$0.method, $0.permission ?? "anyone", $0.path] })
            }
        }
    }
}
