public import Logging
public import ServiceLifecycle
import Synchronization
public import TocsinConfiguration
public import TocsinCore
public import TocsinRedis
public import TocsinStreams

/// Looks at Redis every second, so that no request has to: how much of its memory is used, and whether it still is as the
/// tenants' durability asks for.
public final class QueueWatch: Service, Sendable {
    /// Settings change rarely; a new master is looked at once it is known.
    private static let settingsEvery = 30

    private let streams: TenantStreams
    private let redis: RedisClient
    private let store: ConfigurationStore
    private let clock: any WallClock
    private let logger: Logger
    private let isLow = Atomic<Bool>(false)

    /// A watch that has seen nothing yet.
    public init(
        streams: TenantStreams, redis: RedisClient, store: ConfigurationStore, clock: any WallClock, logger: Logger
    ) {
        (self.streams, self.redis, self.store, self.clock, self.logger) = (streams, redis, store, clock, logger)
    }

    /// Whether so much of Redis' memory is used that the rest is needed for what was accepted.
    var isMemoryLow: Bool { isLow.load(ordering: .relaxed) }

    /// Looks until the service is shut down.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var (rounds, epoch) = (0, -1)
            var known: Set<String> = []
            while !Task.isCancelled {
                if self.redis.isConnected {
                    let current = self.redis.topologyEpoch
                    if rounds % Self.settingsEvery == 0 || current != epoch,
                        await self.checkSettings(&known)
                    {
                        epoch = current
                    }
                    await self.look()
                }
                rounds += 1
                try? await self.clock.sleep(for: .seconds(1))
            }
        }
    }

    private func look() async {
        guard let share = try? await streams.readPressure().share else { return }
        let isNowLow = share > store.current.server.ingest.memoryShare
        guard isLow.exchange(isNowLow, ordering: .relaxed) != isNowLow else { return }
        if isNowLow {
            logger.warning(
                "Redis' memory is nearly used up; new alerts are refused until there is room",
                metadata: ["tocsin.used_percent": "\(Int(share * 100))"])
        } else {
            logger.notice("Redis has room again; alerts are taken")
        }
    }

    private func checkSettings(_ known: inout Set<String>) async -> Bool {
        guard let findings = try? await streams.checkServer(store.current.needs) else { return false }
        for finding in findings where !known.contains(finding.code) {
            logger.log(
                level: finding.isFatal ? .critical : .warning, "a setting of the Redis server is dangerous",
                metadata: [LogKey.code: "\(finding.code)", LogKey.issue: "\(finding.message)"])
        }
        known = Set(findings.map(\.code))
        return true
    }
}

extension TocsinConfiguration {
    /// What the tenants' durability asks of a Redis server.
    public var needs: ServerNeeds { ServerNeeds(tenants.values.map(\.durability)) }
}
