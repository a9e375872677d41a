import Logging
import Testing
import TocsinAudit
import TocsinCore
import TocsinRedis
import TocsinSealing
import TocsinStreams
import TocsinTesting

@testable import TocsinIngest

@Suite("Refused callers in the audit log", .timeLimit(.minutes(4)))
struct RefusedCallersTests {
    @Test("a thousand addresses that knock leave a handful of entries, and the next minute says how many there were")
    func crowd() async throws {
        try await RedisServer.with { client in
            let streams = TenantStreams(
                redis: client, shards: ShardMap(count: 1), rootKey: .generate(), clock: SystemClock(),
                logger: Logger(label: "test"))
            try await streams.loadFunctions()
            let clock = ManualClock()
            let refused = RefusedCallers(
                recorder: AuditRecorder(streams: streams, node: "n", clock: clock), clock: clock)
            func knock() async {
                for number in 0..<1000 {
                    let actor = AuditActor(kind: .open, address: "192.0.2.\(number)")
                    await refused.note("token_invalid", at: .alerts, in: .deployment, actor: actor)
                }
            }
            func entries() async throws -> [String] {
                try await streams.auditQueue(of: .deployment, most: 5000).map { String(decoding: $0, as: UTF8.self) }
            }
            await knock()
            await knock()
            let first = try await entries()
            #expect(first.count == 6, "five, and that there are more")
            #expect(first.last?.contains("many_callers") == true)
            clock.advance(by: .seconds(61))
            await knock()
            let second = try await entries()
            #expect(second.count == 12)
            #expect(second.last?.contains(#""minute_before":"1990""#) == true, "\(second.last ?? "")")
            #expect(second[6].contains(#""times":"2""#), "the second time is told with the first: \(second[6])")
        }
    }
}
