import Foundation
public import Logging
public import ServiceLifecycle
public import TocsinCore

/// Reads the configuration again when one of its files has changed.
///
/// A configuration with errors is told and left alone: the one in use stays.
public struct ConfigurationWatcher: Service {
    private let path: String
    private let store: ConfigurationStore
    private let secrets: SecretSource
    private let clock: any WallClock
    private let logger: Logger

    /// - Parameter path: Of `tocsin.yaml`.
    public init(
        path: String, store: ConfigurationStore, secrets: SecretSource, clock: any WallClock, logger: Logger
    ) {
        self.path = path
        self.store = store
        self.secrets = secrets
        self.clock = clock
        self.logger = logger
    }

    /// Looks at the files every second.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var seen = stamp()
            while !Task.isCancelled {
                try? await clock.sleep(for: .seconds(1))
                let now = stamp()
                guard now != seen, !Task.isCancelled else { continue }
                seen = now
                reload()
            }
        }
    }

    /// Reads the files now.
    public func reload() {
        let (configuration, issues) = ConfigurationLoader.load(path: path, secrets: secrets)
        for issue in issues {
            logger.log(
                level: issue.severity == .error ? .error : .warning, "\(issue)",
                metadata: [LogKey.code: "\(issue.code)"])
        }
        guard let configuration else {
            logger.error("the new configuration has errors; the old one stays in use")
            return
        }
        guard configuration.digest != store.current.digest else { return }
        store.update(configuration)
    }

    /// Changes when a file does: names, times and sizes.
    private func stamp() -> [String] {
        ConfigurationLoader.files(of: path).map { file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: file)
            let time = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            return "\(file) \(time) \(attributes?[.size] as? Int ?? -1)"
        }
    }
}
