public import ServiceLifecycle
public import TocsinCore

/// Asks issuers for their keys at the start, and from time to time.
public struct IssuerKeysService: Service {
    private let issuers: TrustedIssuers
    private let clock: any WallClock

    /// The service of these issuers.
    public init(issuers: TrustedIssuers, clock: any WallClock) {
        self.issuers = issuers
        self.clock = clock
    }

    /// Asks until the service is shut down.
    public func run() async throws {
        await withDiscardingTaskGroup { group in
            for source in issuers.published {
                group.addTask {
                    while !Task.isCancelled, !Task.isShuttingDownGracefully {
                        let isCurrent = await issuers.renew(source, now: clock.now())
                        let pause = isCurrent ? PublishedKeys.period : PublishedKeys.pauseAfterFailure
                        try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
                    }
                }
            }
            group.addTask { try? await gracefulShutdown() }
        }
    }
}
