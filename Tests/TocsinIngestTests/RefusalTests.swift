import Hummingbird
import Logging
import Testing
import TocsinAudit
import TocsinCore
import TocsinRedis
import TocsinSealing
import TocsinStreams
import TocsinTelemetry
import TocsinTesting

@testable import TocsinIngest

@Suite("Refusals")
struct RefusalTests {
    @Test(
        "Retry-After is in whole seconds, rounded up, at least one",
        arguments: [(0, 1), (1, 1), (999, 1), (1000, 1), (1001, 2), (59_999, 60), (-5, 1), (Int64.max / 2, 86_400)])
    func seconds(milliseconds: Int64, seconds: Int) {
        #expect(IngestRefusal.wholeSeconds(.milliseconds(milliseconds)) == seconds)
    }

    @Test(
        "The scheme of a bearer token is not case-sensitive, and others are no tokens",
        arguments: [
            ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER   abc", "abc"), ("Bearer ", nil), ("Basic abc", nil),
            ("Bearerabc", nil), ("", nil), ("Bearer", nil),
        ] as [(String, String?)])
    func bearer(header: String, token: String?) { #expect(CallerCheck.bearer(header) == token) }

    @Test(
        "What keeps Redis from writing is told apart, and every such answer says when to come again",
        arguments: [
            (.outOfMemory, "redis_out_of_memory"), (.misconfigured, "redis_cannot_persist"),
            (.notEnoughReplicas, "redis_too_few_replicas"), (.timeout, "redis_timeout"),
            (.disconnected, "redis_unavailable"), (.readOnly, "redis_failing_over"),
            (.masterUnknown, "redis_failing_over"), (.slotMoving, "redis_failing_over"), (.loading, "redis_loading"),
            (.notPermitted, "redis_refuses_user"),
        ] as [(RedisError.Kind, String)])
    func redis(kind: RedisError.Kind, code: String) {
        let refusal = QueueGuard.refusal(RedisError(kind, "for the test"))
        #expect(refusal.status == 503 && refusal.code == code && (refusal.retryAfter ?? 0) >= 1)
    }

    @Test("What is not durable enough is a refusal with a code of its own")
    func durability() {
        for (error, code) in [
            (DurabilityError.notReplicated(isKept: true), "not_replicated"),
            (.notReplicated(isKept: false), "not_replicated"),
            (.notFsynced(isKept: true), "not_fsynced"), (.masterChanged, "redis_changed"),
        ] {
            let refusal = QueueGuard.refusal(error)
            #expect(refusal.status == 503 && refusal.code == code && refusal.retryAfter == 1)
        }
    }

    @Test("A node that holds many bytes of unfinished requests is not ready until it has dealt with them")
    func busy() async throws {
        try await RedisServer.with { client in
            let streams = TenantStreams(
                redis: client, shards: ShardMap(count: 1), rootKey: .generate(), clock: SystemClock(),
                logger: Logger(label: "test"))
            _ = try await streams.checkServer(ServerNeeds([]))
            let budget = ByteBudget(limit: 1000)
            let queue = QueueGuard(
                redis: client, streams: streams, log: FailureLog(logger: Logger(label: "test")))
            let endpoint = StatusEndpoint(
                streams: streams, queue: queue, watch: nil, budget: budget, registry: MetricsRegistry(),
                processed: SlidingCounter(), startedAt: Timestamp(milliseconds: 0), version: "test",
                clock: SystemClock(),
                callers: CallerCheck(
                    streams: streams, queue: queue, clock: SystemClock(),
                    refused: RefusedCallers(
                        recorder: AuditRecorder(streams: streams, node: "n", clock: SystemClock()), clock: SystemClock()
                    )),
                onReload: nil, isDraining: { false })
            #expect(await endpoint.ready(method: .get).status == .ok)
            #expect(budget.take(760))
            let response = await endpoint.ready(method: .get)
            #expect(response.status == .serviceUnavailable && response.headers[.retryAfter] == "1")
            budget.give(back: 760)
            #expect(await endpoint.ready(method: .get).status == .ok)
        }
    }

    @Test("A budget gives back what a request held, and refuses what is not there")
    func budget() {
        let budget = ByteBudget(limit: 100)
        do {
            var share = BudgetShare(budget)
            let first = share.grow(by: 60)
            #expect(first)
            let tooMuch = share.grow(by: 41)
            #expect(!tooMuch)
            let rest = share.grow(by: 40)
            #expect(rest)
            var other = BudgetShare(budget)
            let others = other.grow(by: 1)
            #expect(!others)
            #expect(budget.bytes == 100)
        }
        #expect(budget.bytes == 0)
    }
}
