import ArgumentParser
import Foundation
import TocsinBench
import TocsinCore

/// `tocsin bench`.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures servers that take alerts over Alertmanager's API v2.",
        discussion: """
            Example: tocsin bench sink --port 9900 &
                     tocsin bench load http://127.0.0.1:9093/t/acme-premium --total 100000
            """, subcommands: [Load.self, SinkCommand.self, Table.self])

    /// `tocsin bench load`.
    struct Load: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "load", abstract: "Posts made-up alerts and says how fast they were taken.",
            discussion: """
                Example: tocsin bench load http://127.0.0.1:9093/t/acme-premium --total 100000 --batch 64

                Exit code 1 if a post was not taken.
                """)

        @Argument(help: "The server, up to /api/v2/alerts, which may be left out.") var url: String
        @Option(help: "A token.") var token: String?
        @Option(help: "Connections at once.") var connections = 4
        @Option(help: "Alerts in a post.") var batch = 64
        @Option(help: "Alerts in all. Default: 10000, or as many as --duration allows.") var total: Int?
        @Option(help: "Seconds of sending.") var duration: Double?
        @Option(help: "Alerts per second; as fast as they are taken without it.") var rate: Double?
        @Option(help: "Values of the label that groups are made of.") var groups = 100
        @Option(help: "So many different alerts again and again, as Prometheus does; all different without it.")
        var distinct: Int?
        @Flag(help: "Alerts that have ended.") var resolved = false
        @Option(help: "The prefix of the alerts' ids, up to five letters and digits; random without it.")
        var run: String?
        @Option(help: "text or json.") var output: OutputFormat = .text

        func run() async throws {
            try await Output.run(output) {
                let suffix = "/api/v2/alerts"
                var options = LoadGenerator.Options(url: url.hasSuffix(suffix) ? url : url + suffix)
                options.connections = connections
                options.batch = batch
                options.total = total ?? (duration == nil ? 10_000 : nil)
                options.duration = duration.map { .milliseconds(Int64($0 * 1000)) }
                options.population = distinct.map { .fixed(count: $0) } ?? .unique
                options.state = resolved ? .resolved : .firing
                options.run = self.run
                options.rate = rate
                options.groups = groups
                if let token { options.headers.append(("authorization", "Bearer " + token)) }
                let report = try await LoadGenerator(options: options).run()
                Output.line(output == .json ? try report.json() : report.table())
                if report.failedPosts > 0 { throw ExitCode(CommandError.Exit.negative.rawValue) }
            }
        }
    }

    /// `tocsin bench sink`.
    struct SinkCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "sink", abstract: "Takes webhooks and counts what was delivered.",
            discussion: """
                Answers with the counts at GET /_sink/stats and with the ids it got at GET /_sink/received; \
                POST /_sink/reset forgets them.

                Example: tocsin bench sink --port 9900
                """)

        @Option(help: "The port to listen on; 0 for any.") var port = 9900
        @Option(help: "A JSON file that says how to answer; 200 to everything without it.") var program: String?

        func run() async throws {
            try await Output.run {
                var options = Sink.Options()
                options.port = port
                if let program {
                    guard let data = FileManager.default.contents(atPath: program),
                        let read = try? JSONDecoder().decode(SinkProgram.self, from: data)
                    else {
                        throw CommandError(
                            code: "program_unreadable", message: "the file \(program) is no program for the sink",
                            exitCode: .badData)
                    }
                    options.program = read
                }
                let host = options.host
                try await Sink(options: options).run { port in
                    Output.line("listening on http://\(host):\(port)")
                }
            }
        }
    }

    /// `tocsin bench table`.
    struct Table: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "table", abstract: "Reads measurements as JSON from standard input and prints a table.",
            discussion: "Example: tocsin bench table < figures.json")

        func run() async throws {
            try await Output.run {
                let data = FileHandle.standardInput.readDataToEndOfFile()
                Output.line(try BenchReport(json: data).table())
            }
        }
    }
}
