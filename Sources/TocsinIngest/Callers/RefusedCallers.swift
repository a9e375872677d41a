import Synchronization
import TocsinAudit
import TocsinCore

/// Records callers that were refused: the same one for the same reason once in a while, with how often it was.
///
/// So nobody can fill the audit log by knocking.
final class RefusedCallers: Sendable {
    private static let pause = Duration.seconds(10)
    private static let most = 256

    private struct Knock: Hashable {
        let log: TenantID
        let code: String
        let address: String?
    }

    private let recorder: AuditRecorder
    private let clock: any WallClock
    private let known = Mutex<[Knock: (count: Int, until: Timestamp)]>([:])

    init(recorder: AuditRecorder, clock: any WallClock) {
        self.recorder = recorder
        self.clock = clock
    }

    /// Records a refusal, unless the same was recorded just now.
    func note(_ code: String, at route: IngestRoute, in log: TenantID, actor: AuditActor) async {
        let now = clock.now()
        let knock = Knock(log: log, code: code, address: actor.address)
        let count: Int? = known.withLock { known in
            if let last = known[knock], last.until > now {
                known[knock] = (last.count + 1, last.until)
                return nil
            }
            // A crowd of addresses counts as one.
            if known[knock] == nil, known.count >= Self.most {
                known = known.filter { $0.value.until > now }
                guard known.count < Self.most else { return nil }
            }
            let before = known[knock]?.count ?? 0
            known[knock] = (0, now + Self.pause)
            return before + 1
        }
        guard let count else { return }
        let event = AuditEvent(
            .loginRefused, on: route.label, outcome: .refused, by: actor, reason: code,
            facts: [.init("times", String(count))])
        // Who is refused is not told to come back because the log is away.
        _ = try? await recorder.record(event, in: log)
    }
}
