import Synchronization
import TocsinAudit
import TocsinCore

/// Records callers that were refused: the same one for the same reason once a minute, with how often it was, and a few of them
/// for each log; a crowd is recorded as one.
///
/// So nobody can drive what others did out of the audit log by knocking.
final class RefusedCallers: Sendable {
    private static let pause = Duration.seconds(60)
    /// How many of a log are recorded one by one within a pause.
    private static let most = 5
    /// The most logs that are watched at once; there is one for each tenant and one more.
    private static let mostLogs = 16_384

    private struct Knock: Hashable {
        let code: String
        let address: String?
    }

    /// What came to one log within a pause.
    private struct Window {
        let end: Timestamp
        var knocks: [Knock: Int] = [:]
        var others = 0
    }

    /// What is to be recorded of a refusal.
    private enum News {
        /// It, and how often it came in the pause before.
        case one(before: Int)
        /// That there are many, and how many came in the pause before.
        case crowd(before: Int)
    }

    private let recorder: AuditRecorder
    private let clock: any WallClock
    private let windows = Mutex<[TenantID: (now: Window, before: Window?)]>([:])

    init(recorder: AuditRecorder, clock: any WallClock) {
        self.recorder = recorder
        self.clock = clock
    }

    /// Records a refusal, unless the same or too many were recorded just now.
    func note(_ code: String, at route: IngestRoute, in log: TenantID, actor: AuditActor) async {
        let event: AuditEvent
        switch news(of: Knock(code: code, address: actor.address), in: log, now: clock.now()) {
        case nil: return
        case .one(let before):
            event = AuditEvent(
                .loginRefused, on: route.label, outcome: .refused, by: actor, reason: code,
                facts: [.init("times", String(before + 1))])
        case .crowd(let before):
            event = AuditEvent(
                .loginRefused, on: "many", outcome: .refused, by: AuditActor(kind: .open), reason: "many_callers",
                facts: [.init("minute_before", String(before))])
        }
        // Who is refused is not told to come back because the log is away.
        _ = try? await recorder.record(event, in: log)
    }

    private func news(of knock: Knock, in log: TenantID, now: Timestamp) -> News? {
        windows.withLock { windows in
            if windows.count >= Self.mostLogs { windows = windows.filter { $0.value.now.end > now } }
            var (window, before) = windows[log] ?? (Window(end: now + Self.pause), nil)
            if window.end <= now {
                before = window.end + Self.pause > now ? window : nil
                window = Window(end: now + Self.pause)
            }
            defer { windows[log] = (window, before) }
            if let count = window.knocks[knock] {
                window.knocks[knock] = count + 1
                return nil
            }
            guard window.knocks.count < Self.most else {
                window.others += 1
                return window.others == 1 ? .crowd(before: before?.others ?? 0) : nil
            }
            window.knocks[knock] = 0
            return .one(before: before?.knocks[knock] ?? 0)
        }
    }
}
