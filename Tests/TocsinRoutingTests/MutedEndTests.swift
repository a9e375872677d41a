import Testing
import TocsinAlerts
import TocsinCore
import TocsinRouting

/// An alert that was told, and ends while a silence mutes it: its receiver still takes it for firing.
@Suite("An end that was muted")
struct MutedEndTests {
    private let now = Timestamp(milliseconds: 1_800_000_000_000)
    private let route = RoutingTree(
        root: RouteDefinition(
            receivers: ["a"], groupWait: .zero, groupInterval: .seconds(60), repeatInterval: .seconds(3600))
    ).routes[0]

    private func alert(endsIn seconds: Int64) -> Alert {
        Alert(
            labels: LabelSet([("alertname", "x")]), annotations: LabelSet(), startsAt: now - .seconds(600),
            endsAt: now + .seconds(seconds), updatedAt: now, generatorURL: "", timeout: false)
    }

    private func flush(_ alerts: [Alert], told: NotificationLog?, mutes: Set<UInt64> = []) -> GroupFlush {
        GroupFlush(
            alerts: alerts, route: route,
            receivers: [FlushReceiver(name: "a", sendResolved: true, minimumSeverity: nil)],
            logs: told.map { ["a": $0] } ?? [:], sending: [], mutes: mutes, due: now, tick: now, now: now)
    }

    private func told(_ alert: Alert, secondsAgo: Int64 = 60) -> NotificationLog {
        NotificationLog(at: now - .seconds(secondsAgo), firing: [alert.fingerprint], resolved: [])
    }

    @Test("the alert goes, but what was told is known for two repetitions and a quarter of an hour")
    func remembered() {
        let over = alert(endsIn: -1)
        let result = flush([over], told: told(over), mutes: [over.fingerprint])
        #expect(result.drafts.isEmpty && result.muted == ["a"])
        #expect(result.finished.map(\.fingerprint) == [over.fingerprint])
        #expect(result.nextDue == now - .seconds(60) + .seconds(2 * 3600 + 900))
    }

    @Test("of an empty group nothing is told, and it is forgotten when its time has come")
    func forgotten() {
        let early = flush([], told: told(alert(endsIn: -1)))
        #expect(early.drafts.isEmpty && early.silentLogs.isEmpty && early.nextDue != nil)
        let late = flush([], told: told(alert(endsIn: -1), secondsAgo: 2 * 3600 + 900))
        #expect(late.drafts.isEmpty && late.nextDue == nil)
    }

    @Test("the end is told if it is sent again, and a new firing is none for the receiver")
    func comesAgain() {
        let over = alert(endsIn: -1)
        #expect(flush([over], told: told(over)).drafts.map(\.reason) == [.allResolved])
        #expect(flush([alert(endsIn: 600)], told: told(over)).drafts.isEmpty)
    }

    @Test("a group of which nobody was told anything is gone at once")
    func nothingTold() {
        let over = alert(endsIn: -1)
        #expect(flush([over], told: nil, mutes: [over.fingerprint]).nextDue == nil)
    }
}
