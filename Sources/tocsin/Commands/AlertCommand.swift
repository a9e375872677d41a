import ArgumentParser
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TocsinAlerts
import TocsinCore

/// `tocsin alert`.
struct AlertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alert", abstract: "Sends alerts.",
        discussion: "Example: tocsin alert send --token \"$TOKEN\" alertname=DiskFull severity=critical",
        subcommands: [Send.self])

    /// `tocsin alert send`.
    struct Send: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "send", abstract: "Sends one alert to an ingest node.",
            discussion: """
                Example: tocsin alert send --token "$TOKEN" alertname=DiskFull instance=db-1 severity=critical \
                --annotation summary='96 % used'
                Then, when it is over, the same with --resolved.
                """)

        @Argument(help: "Labels, as name=value; a bare word is the alertname.") var labels: [String]
        @Option(help: "An annotation, as name=value.") var annotation: [String] = []
        @Option(help: "The ingest node.") var url = "http://127.0.0.1:9093"
        @Option(help: "The tenant, for a node that takes it from the path.") var tenant: TenantID?
        @Option(help: "An API token. Default: TOCSIN_TOKEN.") var token: String?
        @Flag(help: "Say that the alert is over.") var resolved = false
        @Option(help: "After how long it ends by itself, such as 10m.") var lasts: String?
        @Option(help: "A link to where the alert comes from.") var generatorUrl = ""
        @Option(help: "text or json.") var output: OutputFormat = .text

        func validate() throws {
            if let lasts, DurationText.parse(lasts) == nil {
                throw ValidationError("--lasts takes a duration such as 10m")
            }
            _ = try pairs(labels, bareName: "alertname")
            _ = try pairs(annotation, bareName: nil)
        }

        func run() async throws {
            try await Output.run(output) {
                let now = SystemClock().now()
                let end = resolved ? now : lasts.flatMap(DurationText.parse).map { now + $0 } ?? .unset
                let alert = Alert(
                    labels: LabelSet(try pairs(labels, bareName: "alertname")),
                    annotations: LabelSet(try pairs(annotation, bareName: nil)), startsAt: resolved ? .unset : now,
                    endsAt: end, updatedAt: now, generatorURL: generatorUrl, timeout: false)
                try await post(AlertEncoder.encode([alert]))
                switch output {
                case .text: Output.line("accepted")
                case .json: try Output.json(["accepted": 1])
                }
            }
        }

        private func post(_ body: [UInt8]) async throws {
            let path = tenant.map { "/t/\($0.name)/api/v2/alerts" } ?? "/api/v2/alerts"
            var request = HTTPClientRequest(url: url + path)
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/json")
            if let token = token ?? ProcessInfo.processInfo.environment["TOCSIN_TOKEN"] {
                request.headers.add(name: "authorization", value: "Bearer " + token)
            }
            request.body = .bytes(ByteBuffer(bytes: body))
            let response: HTTPClientResponse
            do {
                response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
            } catch {
                throw CommandError(
                    code: "ingest_unreachable", message: "no ingest node answers at \(url): is it running?",
                    exitCode: .unavailable)
            }
            guard response.status != .ok else { return }
            let text = String(buffer: try await response.body.collect(upTo: 65_536))
            throw CommandError(
                code: "alert_refused", message: "the node answered \(response.status.code): \(text)",
                exitCode: response.status.code >= 500 || response.status.code == 429 ? .temporary : .negative)
        }

        private func pairs(_ words: [String], bareName: String?) throws -> [(String, String)] {
            try words.map { word in
                if let equals = word.firstIndex(of: "=") {
                    return (String(word[..<equals]), String(word[word.index(after: equals)...]))
                }
                guard let bareName else { throw ValidationError("'\(word)' is not of the form name=value") }
                return (bareName, word)
            }
        }
    }
}
