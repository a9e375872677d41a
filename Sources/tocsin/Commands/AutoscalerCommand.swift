import ArgumentParser
import Foundation
import TocsinAutoscaler
import TocsinConfiguration
import TocsinCore
import TocsinStreams

/// `tocsin autoscaler`.
struct AutoscalerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "autoscaler", abstract: "Keeps the pool of workers as large as it needs to be, and says why.",
        discussion: """
            Example: tocsin autoscaler run --driver process --config tocsin.yaml --redis redis://10.0.0.5:6379
                     tocsin autoscaler explain --redis redis://10.0.0.5:6379
                     tocsin autoscaler replay --trace black-friday.json --policy policy.yaml
            """, subcommands: [Run.self, Status.self, Explain.self, Replay.self, Compare.self, Pool.self])

    /// The records that Redis keeps, as decisions.
    struct Kept: Sendable {
        let newest: ScalingDecision?
        let changes: [ScalingDecision]
        let holder: String?

        static func read(_ streams: TenantStreams, limit: Int) async throws -> Kept {
            Kept(
                newest: try await streams.newestDecision().flatMap { ScalingDecision(record: $0) },
                changes: try await streams.decisions(limit: limit).compactMap { ScalingDecision(record: $0) },
                holder: try await streams.autoscalerInCharge())
        }
    }

    /// `tocsin autoscaler status`.
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "status", abstract: "Shows who is in charge, how large the pool is, and the last changes.",
            discussion: "Example: tocsin autoscaler status --redis redis://10.0.0.5:6379 --output json")

        @Option(help: "How many changes to show.") var limit = 10
        @Option(help: "text or json.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        private struct Report: Encodable {
            let inCharge: String?
            let newest: ScalingDecision?
            let changes: [ScalingDecision]
        }

        func run() async throws {
            try await Output.run(output) {
                let kept = try await deployment.withStreams { streams, _ in
                    try await Kept.read(streams, limit: max(1, min(1000, limit)))
                }
                switch output {
                case .json:
                    try Output.json(Report(inCharge: kept.holder, newest: kept.newest, changes: kept.changes))
                case .text: show(kept)
                }
            }
        }

        private func show(_ kept: Kept) {
            Output.line(kept.holder.map { "in charge: \($0)" } ?? "no autoscaler is in charge")
            if let newest = kept.newest {
                Output.line("\(newest.at.rfc3339)  \(newest.sentence)")
            }
            guard !kept.changes.isEmpty else { return }
            Output.line("")
            DecisionTable.show(kept.changes)
        }
    }

    /// `tocsin autoscaler explain`.
    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "explain", abstract: "Answers why the pool has its size, or had it at a time.",
            discussion: """
                Shows the change that made the pool as large as it is (or was at --at), with everything that was seen and \
                every way in which it was counted, and the newest decision. Exit code 1 if nothing is recorded.

                Example: tocsin autoscaler explain --at 2026-11-24T03:12:00Z --output json
                """)

        @Option(help: "A time as in RFC 3339. Default: now.") var at: String?
        @Option(help: "text or json.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        private struct Report: Encodable {
            let change: ScalingDecision?
            let newest: ScalingDecision?
        }

        func run() async throws {
            try await Output.run(output) {
                let time = try at.map { text in
                    guard let time = Timestamp(rfc3339: text.utf8) else {
                        throw CommandError(
                            code: "time_invalid", message: "\(text) is no time such as 2026-11-24T03:12:00Z",
                            exitCode: .usage)
                    }
                    return time
                }
                let kept = try await deployment.withStreams { streams, _ in try await Kept.read(streams, limit: 1000) }
                let change = kept.changes.first { change in time.map { change.at <= $0 } ?? true }
                let newest = time == nil ? kept.newest : nil
                guard change != nil || newest != nil else {
                    throw CommandError(
                        code: "decision_missing",
                        message: "no decision is recorded for that time: has an autoscaler been in charge?",
                        exitCode: .negative)
                }
                switch output {
                case .json: try Output.json(Report(change: change, newest: newest))
                case .text: DecisionTable.explain(change: change, newest: newest)
                }
            }
        }
    }
}
