import Logging
import NIOCore
import Synchronization
import TocsinCore

/// Asks all Sentinels, over and over, which server is the master, and announces what most of them say.
///
/// Sentinels are polled and not subscribed to: an event can be missed, and that nothing is heard any more must be noticed.
final class SentinelWatch: Sendable {
    private struct State {
        var votes: [RedisConfiguration.Endpoint: (master: RedisConfiguration.Endpoint, at: ContinuousClock.Instant)] =
            [:]
        var announced: RedisConfiguration.Endpoint?
        var confirmedAt = ContinuousClock.now
    }

    private let sentinels: RedisConfiguration.Sentinels
    private let configuration: RedisConfiguration
    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let announce: AsyncStream<ServerLayout?>.Continuation
    private let state = Mutex(State())

    init(
        _ sentinels: RedisConfiguration.Sentinels, configuration: RedisConfiguration,
        eventLoopGroup: any EventLoopGroup, logger: Logger, announce: AsyncStream<ServerLayout?>.Continuation
    ) {
        self.sentinels = sentinels
        self.configuration = configuration.toSentinels(sentinels)
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        self.announce = announce
    }

    /// Watches until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for address in sentinels.addresses { group.addTask { await self.poll(address) } }
            group.addTask {
                while (try? await Task.sleep(for: self.sentinels.interval)) != nil { self.count() }
            }
        }
    }

    private func poll(_ address: RedisConfiguration.Endpoint) async {
        var isSilent = false
        while !Task.isCancelled {
            do {
                let connection = try await RedisConnection.connect(
                    configuration, to: address, on: eventLoopGroup.next())
                try await listen(to: connection, at: address) { isSilent = false }
            } catch {
                logger.log(
                    level: isSilent || Task.isCancelled ? .debug : .warning,
                    "a Sentinel does not say which server is the master",
                    metadata: ["tocsin.sentinel": "\(address)", LogKey.error: "\(error)"])
                isSilent = true
            }
            try? await Task.sleep(for: sentinels.interval)
        }
    }

    /// Asks over and over, until it fails or the task is cancelled.
    private func listen(
        to connection: RedisConnection, at address: RedisConfiguration.Endpoint, onAnswer: () -> Void
    ) async throws {
        defer { connection.close() }
        while !Task.isCancelled {
            try await ask(connection, at: address)
            onAnswer()
            try await Task.sleep(for: sentinels.interval)
        }
    }

    private func ask(_ connection: RedisConnection, at address: RedisConfiguration.Endpoint) async throws {
        var command = RedisCommand(.sentinelMaster)
        command.append(sentinels.master)
        guard let master = try SentinelVotes.vote(try await connection.send(command)) else {
            throw RedisError(.masterUnknown, "it watches no master called \(sentinels.master)")
        }
        state.withLock { $0.votes[address] = (master, .now) }
        count()
    }

    /// Counts the votes that are fresh.
    private func count() {
        state.withLock { state in
            let now = ContinuousClock.now
            let fresh = state.votes.values.filter { now - $0.at < sentinels.interval * 4 }.map(\.master)
            if let master = SentinelVotes.master(fresh, of: sentinels.addresses.count) {
                state.confirmedAt = now
                guard master != state.announced else { return }
                logger.notice("most Sentinels name this master", metadata: ["tocsin.master": "\(master)"])
                state.announced = master
                // Inside the lock, so that announcements keep their order.
                announce.yield(ServerLayout(master))
            } else if state.announced != nil, now - state.confirmedAt > sentinels.patience {
                logger.warning("most Sentinels do not name a master any more; nothing is sent to the last one")
                state.announced = nil
                announce.yield(nil)
            }
        }
    }
}
