import Logging
import Testing
import TocsinCore
import TocsinRedis
import TocsinSealing
import TocsinStreams
import TocsinTelemetry
import TocsinTesting

@testable import TocsinAutoscaler

/// Whole autoscalers on a real Redis.
@Suite(.timeLimit(.minutes(5))) struct AutoscalerTests {
    private static func streams(_ client: RedisClient) -> TenantStreams {
        TenantStreams(
            redis: client, shards: ShardMap(count: 4), rootKey: .generate(), clock: SystemClock(),
            logger: Logger(label: "test"))
    }

    private static func autoscaler(
        _ id: String, _ client: RedisClient, _ streams: TenantStreams, driver: any PoolDriver,
        onChange: @escaping @Sendable (ScalingDecision) async -> Void = { _ in }
    ) -> Autoscaler {
        var settings = Autoscaler.Settings()
        settings.interval = .milliseconds(50)
        settings.lease = .seconds(2)
        // How quickly this Redis answers on a busy machine is not what is tested.
        settings.policy.redisLatency = .seconds(60)
        settings.policy.redisLoad = 100
        return Autoscaler(
            id: id, streams: streams, redis: client, driver: driver, settings: settings, clock: SystemClock(),
            factory: MetricsRegistry(), onChange: onChange, logger: Logger(label: "test"))
    }

    private static func accept(_ alerts: Int, _ streams: TenantStreams) async throws {
        let tenant = try #require(TenantID("acme"))
        let admission = try await streams.accept(
            Array("[]".utf8), alerts: alerts, from: tenant,
            policy: AdmissionPolicy(weight: 1, queuedAlerts: 1_000_000, alertsPerSecond: 0, burst: 0))
        #expect(admission == .accepted)
    }

    @Test func growsForABacklogAndRecordsWhy() async throws {
        try await RedisServer.with { client in
            let streams = Self.streams(client)
            try await Self.accept(60_000, streams)
            let driver = NoDriver(size: 1)
            let autoscaler = Self.autoscaler("a", client, streams, driver: driver)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await autoscaler.run() }
                try await eventually(deadline: .seconds(60), "three workers are wanted") {
                    try await driver.observe().desired == 3
                }
                let kept = try await streams.decisions(limit: 10).compactMap { ScalingDecision(record: $0) }
                let change = try #require(kept.first)
                #expect(kept.count == 1 && change.from == 1 && change.size == 3 && change.reason == .routing)
                #expect(change.observation.unrouted == 60_000)
                #expect(change.sentence.contains("60000 alerts wait to be routed"), "\(change.sentence)")
                group.cancelAll()
            }
        }
    }

    @Test func anotherTakesOverWithinSeconds() async throws {
        try await RedisServer.with { client in
            let streams = Self.streams(client)
            let (first, second) = (NoDriver(size: 1), NoDriver(size: 1))
            let standby = Self.autoscaler("b", client, streams, driver: second)
            try await withThrowingTaskGroup(of: Void.self) { group in
                let leader = Task { try await Self.autoscaler("a", client, streams, driver: first).run() }
                try await eventually(deadline: .seconds(60), "the first is in charge") {
                    try await streams.autoscalerInCharge() == "a"
                }
                group.addTask { try await standby.run() }
                try await eventually(deadline: .seconds(60), "the second looks too") { standby.board.view.seen != nil }
                try await Self.accept(60_000, streams)
                try await eventually(deadline: .seconds(60), "the first decides") {
                    try await first.observe().desired == 3
                }
                #expect(try await second.observe().desired == 1)
                leader.cancel()
                try await eventually(deadline: .seconds(60), "the second decides") {
                    try await second.observe().desired == 3
                }
                #expect(try await streams.autoscalerInCharge() == "b")
                group.cancelAll()
            }
        }
    }

    @Test func whoComesToBeInChargeGoesOnWithTheLastDecision() async throws {
        try await RedisServer.with { client in
            let streams = Self.streams(client)
            try await Self.accept(60_000, streams)
            let first = NoDriver(size: 1)
            let leader = Task { try await Self.autoscaler("a", client, streams, driver: first).run() }
            try await eventually(deadline: .seconds(60), "the first decides") { try await first.observe().desired == 3 }
            leader.cancel()
            _ = await leader.result
            // As it was before the first saw the work: a step of it would be one down.
            let second = NoDriver(size: 1)
            let standby = Self.autoscaler("b", client, streams, driver: second)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await standby.run() }
                try await eventually(deadline: .seconds(60), "the second is in charge") {
                    standby.board.view.decision != nil
                }
                #expect(standby.board.view.decision?.from == 3)
                #expect(try await second.observe().desired == 3)
                group.cancelAll()
            }
        }
    }

    @Test func whoLosesTheChargeWhileAChangeIsToldDoesNotMakeIt() async throws {
        try await RedisServer.with { client in
            let streams = Self.streams(client)
            try await Self.accept(60_000, streams)
            let (slow, quick) = (NoDriver(size: 1), NoDriver(size: 1))
            let successor = Self.autoscaler("b", client, streams, driver: quick)
            let told = Gate()
            let leader = Self.autoscaler("a", client, streams, driver: slow) { _ in
                told.open()
                try? await eventually(deadline: .seconds(60), "another has charge") {
                    successor.board.view.decision != nil
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await leader.run() }
                try await told.wait()
                group.addTask { try await successor.run() }
                try await eventually(deadline: .seconds(60), "the successor decides") {
                    successor.board.view.decision != nil
                }
                try await eventually(deadline: .seconds(60), "the first looks again") {
                    !leader.board.view.isInCharge
                }
                #expect(try await slow.observe().desired == 1)
                group.cancelAll()
            }
        }
    }

    /// A platform that refuses.
    private struct Refusing: PoolDriver {
        let name = "refusing"
        func observe() async throws(DriverError) -> PoolSize { PoolSize(desired: 1, running: 1) }
        func scale(to size: Int, leaving: [String]) async throws(DriverError) {
            throw DriverError(.throttled, "too many requests", retryAfterMilliseconds: 60_000)
        }
    }

    @Test func aPlatformThatRefusesIsLeftAloneAndFloodsNoRecord() async throws {
        try await RedisServer.with { client in
            let streams = Self.streams(client)
            try await Self.accept(60_000, streams)
            let autoscaler = Self.autoscaler("a", client, streams, driver: Refusing())
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await autoscaler.run() }
                try await eventually(deadline: .seconds(60), "many decisions") {
                    let seen = autoscaler.board.view
                    return try await streams.decisions(limit: 10).count >= 1 && (seen.decision?.isChange ?? false)
                }
                let first = try #require(autoscaler.board.view.decision?.atMilliseconds)
                try await eventually(deadline: .seconds(60), "ten more looks") {
                    (autoscaler.board.view.decision?.atMilliseconds ?? 0) > first + 500
                }
                #expect(try await streams.decisions(limit: 10).count == 1)
                group.cancelAll()
            }
        }
    }

    @Test func thoseGoFirstWhoDrainAndThenThoseWithTheLeastInHand() {
        func node(_ id: String, inFlight: Int, draining: Bool = false) -> NodeReport {
            var node = NodeReport(id: id, role: "worker", version: "", address: "", seenAt: 0, inFlight: inFlight)
            node.isDraining = draining
            return node
        }
        let nodes = [
            node("a", inFlight: 5), node("b", inFlight: 0), node("c", inFlight: 2),
            node("d", inFlight: 9, draining: true),
        ]
        #expect(Leavers.order(nodes) == ["d", "b", "c", "a"])
        #expect(Leavers.order([]).isEmpty)
    }
}
