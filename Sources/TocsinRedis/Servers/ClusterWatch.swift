import Logging
import NIOCore
import TocsinCore

/// Asks the servers of a cluster which of them has which keys, and announces what has changed.
struct ClusterWatch: Sendable {
    private struct Answered {
        let connection: RedisConnection
        let answer: ClusterAnswer
    }

    /// A larger cluster is asked in parts: every server hears of a failover from the others.
    private static let mostAsked = 8
    private static let interval = Duration.seconds(1)
    private static let leastPause = Duration.milliseconds(100)

    private let seeds: [RedisConfiguration.Endpoint]
    private let configuration: RedisConfiguration
    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let announce: AsyncStream<ServerLayout?>.Continuation

    init(
        _ seeds: [RedisConfiguration.Endpoint], configuration: RedisConfiguration,
        eventLoopGroup: any EventLoopGroup, logger: Logger, announce: AsyncStream<ServerLayout?>.Continuation
    ) {
        self.seeds = seeds
        var own = configuration
        own.connectTimeout = .milliseconds(500)
        own.commandTimeout = .milliseconds(500)
        self.configuration = own
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        self.announce = announce
    }

    /// Watches until the task is cancelled; looks at once when there is reason to doubt.
    func run(_ doubts: AsyncStream<Void>, doubt: AsyncStream<Void>.Continuation) async {
        await withDiscardingTaskGroup { group in
            group.addTask { while (try? await Task.sleep(for: Self.interval)) != nil { doubt.yield() } }
            group.addTask { await self.watch(doubts) }
            doubt.yield()
        }
    }

    private func watch(_ doubts: AsyncStream<Void>) async {
        var connections: [RedisConfiguration.Endpoint: RedisConnection] = [:]
        var (known, isSilent): (ClusterAnswer?, Bool) = (nil, false)
        for await _ in doubts {
            let answers = await ask(known?.layout.servers ?? [], &connections)
            if let newest = answers.max(by: { $0.epoch < $1.epoch }), newest.epoch >= known?.epoch ?? 0 {
                if newest.layout != known?.layout { announce.yield(newest.layout) }
                known = newest
            }
            if answers.isEmpty, !isSilent, !Task.isCancelled {
                logger.warning("no server of the Redis cluster says which of them has which keys; it is tried again")
            }
            isSilent = answers.isEmpty
            try? await Task.sleep(for: Self.leastPause)
        }
        for connection in connections.values { connection.close() }
    }

    private func ask(
        _ servers: [RedisConfiguration.Endpoint],
        _ connections: inout [RedisConfiguration.Endpoint: RedisConnection]
    ) async -> [ClusterAnswer] {
        let asked = Set((servers.isEmpty ? seeds : servers + seeds.prefix(1)).shuffled().prefix(Self.mostAsked))
        let open = connections
        var answers: [ClusterAnswer] = []
        await withTaskGroup(of: (RedisConfiguration.Endpoint, Answered?).self) { group in
            for server in asked {
                let connection = open[server]
                group.addTask { (server, try? await self.ask(server, over: connection)) }
            }
            for await (server, answered) in group {
                connections[server] = answered?.connection
                if let answered { answers.append(answered.answer) }
            }
        }
        return answers
    }

    private func ask(
        _ server: RedisConfiguration.Endpoint, over connection: RedisConnection?
    ) async throws -> Answered {
        let open: RedisConnection
        if let connection {
            open = connection
        } else {
            open = try await RedisConnection.connect(configuration, to: server, on: eventLoopGroup.next())
        }
        do {
            let replies = try await open.send([RedisCommand(.clusterInfo), RedisCommand(.clusterSlots)])
            let answer = try ClusterAnswer(info: try replies[0].get(), slots: try replies[1].get(), from: server)
            return Answered(connection: open, answer: answer)
        } catch {
            open.close()
            throw error
        }
    }
}
