import ArgumentParser
import Foundation
import TocsinAutoscaler
import TocsinConfiguration
import TocsinCore

/// Where a policy comes from that is tried and not used.
struct PolicyOptions: ParsableArguments {
    @Option(help: "A YAML file with the settings of the section autoscaler. Default: the defaults.")
    var policy: String?

    func read() throws -> ScalingPolicy {
        guard let policy else { return ScalingPolicy() }
        let (settings, issues) = AutoscalerConfiguration.load(path: policy)
        for issue in issues { Output.note("\(issue)") }
        guard let settings else {
            throw CommandError(
                code: "configuration_invalid",
                message: "the policy \(policy) cannot be used: \(issues.count) problem(s), listed above",
                exitCode: .configuration)
        }
        return ScalingPolicy(settings)
    }
}

extension AutoscalerCommand {
    /// `tocsin autoscaler replay`.
    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay", abstract: "Runs a trace through a policy and shows what it would have decided.",
            discussion: """
                A trace is either written by hand, as a JSON object with steps of load, and played on a simulated pool; \
                or it was recorded by `tocsin autoscaler run --record FILE`, and is decided on again.

                Example: tocsin autoscaler replay --trace trace.json --policy policy.yaml
                         {"serviceMilliseconds": 200, "concurrency": 64, "startSeconds": 8, "steps": [
                           {"seconds": 300, "rate": 300, "noise": 100}, {"seconds": 60, "rate": 300, "burst": 10000}]}
                """)

        @Option(help: "The trace.") var trace: String
        @OptionGroup var policy: PolicyOptions
        @Option(help: "text or json.") var output: OutputFormat = .text

        private struct Answer: Encodable {
            let report: Simulation.Report?
            let decisions: [ScalingDecision]
        }

        func run() async throws {
            try await Output.run(output) {
                guard let data = FileManager.default.contents(atPath: trace) else {
                    throw CommandError(
                        code: "file_unreadable", message: "the trace \(trace) cannot be read", exitCode: .badData)
                }
                let policy = try policy.read()
                let answer: Answer
                switch try TraceFile.read(data) {
                case .load(let load):
                    let (report, decisions) = Simulation.replay(load, policy: policy)
                    answer = Answer(report: report, decisions: decisions)
                case .recording(let records):
                    answer = Answer(report: nil, decisions: TraceFile.decide(records, policy))
                }
                switch output {
                case .json: try Output.json(answer)
                case .text: show(answer)
                }
            }
        }

        private func show(_ answer: Answer) {
            DecisionTable.show(answer.decisions)
            guard let report = answer.report else { return }
            Output.line("")
            SimulationTable.show([report])
        }
    }

    /// `tocsin autoscaler compare`.
    struct Compare: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "compare",
            abstract: "Plays loads on simulated pools, with Tocsin's law and with what others use.",
            discussion: """
                The others are Kubernetes' HorizontalPodAutoscaler by processor use, and KEDA's redis-streams scaler by \
                lag and by pending entries, each as its source has it and with the policy's min and max.

                Example: tocsin autoscaler compare --output json
                """)

        @Option(help: "Only this load: steady, spike, instant, 'slow receiver', ramp, day or all.") var load: String?
        @OptionGroup var policy: PolicyOptions
        @Option(help: "text or json.") var output: OutputFormat = .text

        func run() async throws {
            try await Output.run(output) {
                var chosen = try policy.read()
                // The loads need up to some thirty workers, and a controller is told by what it does without a ceiling.
                if policy.policy == nil { chosen.maximum = 60 }
                let reports = Simulation.compare(policy: chosen).filter { load == nil || $0.trace == load }
                guard !reports.isEmpty else {
                    throw CommandError(
                        code: "load_unknown", message: "there is no load of that name", exitCode: .usage)
                }
                switch output {
                case .json: try Output.json(reports)
                case .text: SimulationTable.show(reports)
                }
            }
        }
    }
}

/// Prints what came of simulated loads.
enum SimulationTable {
    static func show(_ reports: [Simulation.Report]) {
        func digits(_ value: Double) -> String { String(format: "%.2f", value) }
        Output.table(
            [["CONTROLLER", "LOAD", "OVER 2 S", "P95", "P99", "WORKER-HOURS", "REVERSALS", "PEAK"]]
                + reports.map {
                    [
                        $0.controller, $0.trace, digits($0.late * 100) + " %", digits($0.p95Seconds) + " s",
                        digits($0.p99Seconds) + " s", digits($0.workerHours), "\($0.reversals)", "\($0.peak)",
                    ]
                })
    }
}
