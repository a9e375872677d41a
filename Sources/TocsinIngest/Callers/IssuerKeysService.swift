public import ServiceLifecycle
import Synchronization
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

    /// Asks until the service is shut down; whoever is believed later is asked as well.
    public func run() async throws {
        await withDiscardingTaskGroup { group in
            let due = Due()
            while !Task.isCancelled, !Task.isShuttingDownGracefully {
                let now = ContinuousClock.now
                for source in issuers.published {
                    guard due.take(source, now: now) else { continue }
                    group.addTask {
                        guard await !issuers.renew(source, now: clock.now()) else { return }
                        due.set(source, at: .now + PublishedKeys.pauseAfterFailure)
                    }
                }
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .milliseconds(500)) }
            }
        }
    }
}

/// When each issuer is to be asked next.
private final class Due: Sendable {
    private let times = Mutex<[ObjectIdentifier: ContinuousClock.Instant]>([:])

    /// Whether one is to be asked now; it is not again for a while then.
    func take(_ source: PublishedKeys, now: ContinuousClock.Instant) -> Bool {
        times.withLock { times in
            guard times[ObjectIdentifier(source)] ?? now <= now else { return false }
            times[ObjectIdentifier(source)] = now + PublishedKeys.period
            return true
        }
    }

    func set(_ source: PublishedKeys, at time: ContinuousClock.Instant) {
        times.withLock { $0[ObjectIdentifier(source)] = time }
    }
}
