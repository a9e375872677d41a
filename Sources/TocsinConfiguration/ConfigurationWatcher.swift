import Foundation
public import Logging
public import ServiceLifecycle
public import TocsinCore

/// Reads the configuration again when one of its files has changed.
///
/// A configuration with errors is told and left alone: the one in use stays.
public struct ConfigurationWatcher: Service {
    private let source: ConfigurationSource
    private let store: ConfigurationStore
    private let clock: any WallClock
    private let logger: Logger
    private let check: @Sendable (TocsinConfiguration) -> [ConfigurationIssue]

    /// - Parameters:
    ///   - source: Where it comes from.
    ///   - check: What modules above this one find wrong with a configuration that can be read.
    public init(
        source: ConfigurationSource, store: ConfigurationStore, clock: any WallClock, logger: Logger,
        check: @escaping @Sendable (TocsinConfiguration) -> [ConfigurationIssue]
    ) {
        self.source = source
        self.store = store
        self.check = check
        self.clock = clock
        self.logger = logger
    }

    /// Looks at the files every second, and reads them once a change has stood for a second: before, somebody may still be
    /// writing.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var read = stamp()
            var seen = read
            while !Task.isCancelled {
                try? await clock.sleep(for: .seconds(1))
                let now = stamp()
                guard !Task.isCancelled else { return }
                if now == seen, now != read {
                    read = now
                    reload()
                }
                seen = now
            }
        }
    }

    /// Reads the files now.
    ///
    /// - Returns: Why the new configuration is not used, or `nil` if it is.
    @discardableResult
    public func reload() -> String? {
        let (loaded, found) = source.load()
        let issues = found + (loaded.map(check) ?? [])
        for issue in issues {
            logger.log(
                level: issue.severity == .error ? .error : .warning, "the configuration has an issue",
                metadata: [LogKey.code: "\(issue.code)", LogKey.issue: "\(issue)"])
        }
        guard let loaded, !issues.contains(where: { $0.severity == .error }) else {
            logger.error("the new configuration has errors; the old one stays in use")
            return issues.first { $0.severity == .error }?.message ?? "the configuration has errors"
        }
        // A file that was emptied by accident reads as a configuration of nobody.
        guard !loaded.tenants.isEmpty || store.current.tenants.isEmpty else {
            logger.error("the new configuration has no tenants; the old one stays in use until the node is restarted")
            return "the configuration has no tenants"
        }
        store.update(loaded)
        return nil
    }

    /// Changes when a file does, or one that a secret is read from: names, times and sizes.
    private func stamp() -> [String] {
        source.files().map { file in
            // Where files are mounted as links, the links stay and what they lead to changes.
            let target = URL(fileURLWithPath: file).resolvingSymlinksInPath().path
            let attributes = try? FileManager.default.attributesOfItem(atPath: target)
            let time = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            return "\(target) \(time) \(attributes?[.size] as? Int ?? -1)"
        }
    }
}
