public import ArgumentParser
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
public import TocsinAutoscaler
import TocsinConfiguration
import TocsinCore
import TocsinRedis
import TocsinStreams
import TocsinTelemetry

extension DriverKind: ExpressibleByArgument {}

extension AutoscalerCommand {
    /// `tocsin autoscaler run`.
    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run", abstract: "Watches the queues and starts and stops workers.",
            discussion: """
                Any number may run on one Redis; one is in charge, and another takes over within seconds. With the driver \
                process, workers are children of this process, so that one host has one autoscaler. Which Deployment or \
                which containers the drivers kubernetes and container size, the section autoscaler says.

                Example: tocsin autoscaler run --driver process --config tocsin.yaml --redis redis://10.0.0.5:6379
                """)

        @Option(help: "Who starts and stops workers: \(DriverKind.allCases.map(\.rawValue).joined(separator: ", ")).")
        var driver: DriverKind
        @Flag(help: "Only say what would be done.") var dryRun = false
        @Option(
            help: "Host and port of metrics, probes and decisions. Default: autoscaler.listen, else 127.0.0.1:9095.")
        var listen: ListenAddress?
        @Option(
            help: ArgumentHelp(
                "Also write everything that is seen to this file, one line a second, for `tocsin autoscaler replay`.",
                valueName: "file"))
        var record: String?
        @Option(
            parsing: .singleValue,
            help: ArgumentHelp(
                "An option for every worker of the driver process, such as --worker-option=--log-level=debug.",
                valueName: "option"))
        var workerOption: [String] = []
        @Option(help: "logfmt or json. Default: log.format of the configuration.") var logFormat: LogFormat?
        @Option(help: "trace to critical. Default: log.level of the configuration.") var logLevel: LogLevelOption?
        @OptionGroup var deployment: DeploymentOptions

        func run() async throws {
            try await Output.run {
                let configuration = try deployment.load()
                guard !deployment.isEmbedded(configuration) else {
                    throw CommandError(
                        code: "redis_missing",
                        message: "tocsin autoscaler needs the Redis server that the nodes use: name it with "
                            + "--redis redis://host:6379", exitCode: .configuration)
                }
                let format = logFormat ?? LogFormat(rawValue: configuration.server.log.format.rawValue) ?? .logfmt
                let level =
                    Logger.Level(rawValue: logLevel?.rawValue ?? configuration.server.log.level.rawValue) ?? .info
                LoggingSystem.bootstrap { _ in LineLogHandler(format: format, logLevel: level, clock: SystemClock()) }
                let worker = worker(configuration)
                // Two processes that take each other's workers for their own would end them.
                let lock = try driver == .process ? DataDirectory(opening: worker.directory) : nil
                try await AutoscalerNode(
                    configuration: configuration, redis: try deployment.redisConfiguration(configuration),
                    rootKey: try await deployment.rootKey(configuration, mayCreate: false), driver: driver,
                    isDryRun: dryRun,
                    listen: listen, recording: try record.map { try Recording(opening: $0) },
                    worker: worker, logger: Logger(label: "tocsin")
                ).run()
                _ = lock
            }
        }

        /// What the driver `process` starts.
        private func worker(_ configuration: TocsinConfiguration) -> ProcessDriver.Settings {
            var arguments = ["worker", "--config", deployment.config]
            for (name, value) in [
                ("--redis", deployment.redis), ("--data-dir", deployment.dataDir),
                ("--root-key-file", deployment.rootKeyFile), ("--log-format", logFormat?.rawValue),
                ("--log-level", logLevel?.rawValue),
            ] {
                if let value { arguments += [name, value] }
            }
            let directory = URL(fileURLWithPath: deployment.dataDirectory(configuration))
                .appendingPathComponent("workers").path
            return ProcessDriver.Settings(
                // The program that runs, wherever it was found.
                executable: URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path,
                arguments: arguments + workerOption,
                drainTimeout: configuration.server.worker.drainTimeout + .seconds(10), directory: directory)
        }
    }
}

/// Writes what an autoscaler sees to a file, one JSON line each.
final class Recording: Sendable {
    private let handle: FileHandle
    private let clock = SystemClock()

    init(opening path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: path)
        else {
            throw CommandError(
                code: "file_unwritable", message: "the file \(path) cannot be written", exitCode: .cannotCreate)
        }
        self.handle = handle
    }

    func note(_ seen: PoolObservation) {
        let record = TraceFile.Record(at: clock.now(), observation: seen)
        guard let line = try? JSONEncoder().encode(record) else { return }
        Output.write(Array(line) + [UInt8(ascii: "\n")], to: handle)
    }
}
