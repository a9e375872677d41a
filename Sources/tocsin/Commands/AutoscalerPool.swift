import ArgumentParser
import Foundation
import Logging
import TocsinAutoscaler
import TocsinConfiguration
import TocsinCore

extension AutoscalerCommand {
    /// `tocsin autoscaler pool`.
    struct Pool: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pool",
            abstract:
                "Asks a platform how large the pool of workers is, or sizes it by hand: shows whether the rights suffice.",
            discussion: """
                Redis is not needed, and a running autoscaler is not told: it may change the size again within a second.

                Example: tocsin autoscaler pool --driver kubernetes --config tocsin.yaml
                         tocsin autoscaler pool --driver container --config tocsin.yaml --scale 3
                """)

        @Option(help: "kubernetes or container.") var driver: DriverKind
        @Option(help: "How many workers there are to be.") var scale: Int?
        @Option(help: "The configuration file.") var config = "tocsin.yaml"
        @Option(help: "text or json.") var output: OutputFormat = .text

        private struct Report: Encodable {
            let driver: String
            let desired: Int
            let running: Int
        }

        func validate() throws {
            guard driver == .kubernetes || driver == .container else {
                throw ValidationError("the driver \(driver.rawValue) has no platform that can be asked")
            }
            guard (0...10_000).contains(scale ?? 0) else { throw ValidationError("--scale takes 0 to 10000") }
        }

        func run() async throws {
            try await Output.run(output) {
                let configuration = try TocsinConfiguration.load(printing: config)
                let drivers = PoolDrivers(
                    configuration: configuration,
                    worker: .init(executable: "", arguments: [], drainTimeout: .zero, directory: ""), minimum: 0,
                    clock: SystemClock(), logger: Logger(label: "tocsin") { _ in SwiftLogNoOpLogHandler() })
                let size = try await PoolDrivers.withDriver(drivers.make(driver)) { pool in
                    if let scale { try await pool.scale(to: scale, leaving: []) }
                    return try await pool.observe()
                }
                switch output {
                case .json:
                    try Output.json(Report(driver: driver.rawValue, desired: size.desired, running: size.running))
                case .text: Output.line("\(size.desired) wanted, \(size.running) running")
                }
            }
        }
    }
}
