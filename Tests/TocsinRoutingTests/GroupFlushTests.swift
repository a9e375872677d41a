import Testing
import TocsinAlerts
import TocsinCore
import TocsinRouting

@Suite("Group flush")
struct GroupFlushTests {
    static let now = Timestamp(milliseconds: 1_800_000_000_000)

    static let route = RoutingTree(
        root: RouteDefinition(
            receivers: ["a", "b"], groupWait: .zero, groupInterval: .seconds(60), repeatInterval: .seconds(3600))
    ).routes[0]

    static func alert(_ name: String, severity: String = "critical", endsIn seconds: Int64) -> Alert {
        Alert(
            labels: LabelSet([("alertname", name), ("severity", severity)]), annotations: LabelSet(),
            startsAt: now - .seconds(600), endsAt: now + .seconds(seconds), updatedAt: now - .seconds(1),
            generatorURL: "", timeout: false)
    }

    static func receiver(_ name: String, sendResolved: Bool = true, minimum: Severity? = nil) -> FlushReceiver {
        FlushReceiver(name: name, sendResolved: sendResolved, minimumSeverity: minimum)
    }

    private func flush(
        _ alerts: [Alert], receivers: [FlushReceiver] = [receiver("a")], logs: [String: NotificationLog] = [:],
        sending: Set<String> = [], mutes: Set<UInt64> = [], flushed: Timestamp? = nil, due: Timestamp = now
    ) -> GroupFlush {
        GroupFlush(
            alerts: alerts, route: GroupFlushTests.route, receivers: receivers, logs: logs, sending: sending,
            mutes: mutes, flushed: flushed, due: due, tick: GroupFlushTests.now, now: GroupFlushTests.now)
    }

    @Test("leaves muted alerts out, and looks again at the next tick")
    func muted() {
        let (x, y) = (GroupFlushTests.alert("x", endsIn: 2000), GroupFlushTests.alert("y", endsIn: 2000))
        let one = flush([x, y], mutes: [x.fingerprint])
        #expect(one.drafts.map { $0.alerts.map(\.alert) } == [[y]])
        #expect(one.drafts.first?.log.firing == [y.fingerprint])
        let both = flush([x, y], mutes: [x.fingerprint, y.fingerprint])
        #expect(both.drafts.isEmpty && both.muted == ["a"] && both.finished.isEmpty)
        #expect(both.nextDue == GroupFlushTests.now + GroupFlushTests.route.groupInterval)
    }

    @Test("does not tell again of an end that was told while its notification was under way")
    func settled() {
        let over = GroupFlushTests.alert("x", endsIn: -100)
        let flushed = GroupFlushTests.now - .seconds(30)
        func log(firing: Set<UInt64>, resolved: Set<UInt64>) -> [String: NotificationLog] {
            ["a": NotificationLog(at: flushed, firing: firing, resolved: resolved)]
        }
        let told = flush([over], logs: log(firing: [], resolved: [over.fingerprint]), flushed: flushed)
        #expect(told.drafts.isEmpty && told.finished == [over])
        // The log still has it firing: its end was given up, and is told now.
        let lost = flush([over], logs: log(firing: [over.fingerprint], resolved: []), flushed: flushed)
        #expect(lost.drafts.map(\.reason) == [.allResolved])
    }

    @Test("tells every receiver of a firing alert and looks again when something can change")
    func firing() {
        let result = flush(
            [GroupFlushTests.alert("x", endsIn: 200)],
            receivers: [GroupFlushTests.receiver("a"), GroupFlushTests.receiver("b")])
        #expect(result.drafts.map(\.receiver) == ["a", "b"])
        #expect(result.drafts.allSatisfy { $0.reason == .firstNotification && $0.alerts.count == 1 })
        // The alert ends in 200 s; the first tick after that is the fourth.
        #expect(result.nextDue == GroupFlushTests.now + .seconds(240))
    }

    @Test("does not send while something is under way to that receiver, and asks to be called back")
    func waits() {
        let result = flush(
            [GroupFlushTests.alert("x", endsIn: -1)],
            receivers: [GroupFlushTests.receiver("a"), GroupFlushTests.receiver("b")], sending: ["a"])
        #expect(result.waiting == ["a"])
        #expect(result.drafts.isEmpty && result.finished.isEmpty)
        #expect(result.nextDue == GroupFlushTests.now + .seconds(60))
    }

    @Test("a resolved alert goes once everybody has heard, and the group with it")
    func resolved() throws {
        let alert = GroupFlushTests.alert("x", endsIn: -1)
        let told = NotificationLog(
            at: GroupFlushTests.now - .seconds(60), firing: [alert.fingerprint], resolved: [])
        let first = flush([alert], logs: ["a": told])
        let draft = try #require(first.drafts.first)
        #expect(draft.reason == .allResolved)
        #expect(draft.alerts.map(\.status) == [.resolved])
        #expect(first.finished.isEmpty && first.nextDue == GroupFlushTests.now + .seconds(60))

        let second = flush([alert], logs: ["a": draft.log])
        #expect(second.drafts.isEmpty && second.finished == [alert] && second.nextDue == nil)
    }

    @Test("an alert that fired and ended before anybody was told is not told")
    func shortLived() {
        let result = flush([GroupFlushTests.alert("x", endsIn: -1)])
        #expect(result.drafts.isEmpty && result.finished.count == 1 && result.quiet == ["a"] && result.nextDue == nil)
    }

    @Test("an alert that fired when its flush was due is told, however late the flush is, and then that it is over")
    func late() throws {
        let alert = GroupFlushTests.alert("x", endsIn: -5)
        let first = flush([alert], due: GroupFlushTests.now - .seconds(10))
        let draft = try #require(first.drafts.first)
        #expect(draft.alerts.map(\.status) == [.firing] && draft.reason == .firstNotification)
        #expect(first.nextDue == GroupFlushTests.now + .seconds(60))

        let second = flush([alert], logs: ["a": draft.log], due: GroupFlushTests.now - .seconds(10))
        #expect(second.drafts.first?.alerts.map(\.status) == [.resolved])
    }

    @Test("a receiver that is not told of the end hears when the alert fires again")
    func firesAgainUntold() throws {
        let receivers = [GroupFlushTests.receiver("a", sendResolved: false)]
        let over = GroupFlushTests.alert("x", endsIn: -1)
        let told = NotificationLog(at: GroupFlushTests.now - .seconds(60), firing: [over.fingerprint], resolved: [])
        let quiet = flush([over], receivers: receivers, logs: ["a": told])
        #expect(quiet.drafts.isEmpty)
        let log = try #require(quiet.silentLogs["a"])
        let again = flush([GroupFlushTests.alert("x", endsIn: 60)], receivers: receivers, logs: ["a": log])
        #expect(again.drafts.map(\.reason) == [.firstNotification])
    }

    @Test("severity decides who hears; an unknown one counts as the worst")
    func severity() {
        let alerts = [
            GroupFlushTests.alert("low", severity: "warning", endsIn: 60),
            GroupFlushTests.alert("odd", severity: "purple", endsIn: 60),
        ]
        let result = flush(
            alerts,
            receivers: [
                GroupFlushTests.receiver("a", minimum: .critical), GroupFlushTests.receiver("b", minimum: .info),
            ])
        #expect(result.drafts.map(\.alerts.count) == [1, 2])
        #expect(result.drafts.first?.alerts.first?.alert.labels["alertname"] == "odd")
    }

    @Test("a receiver without send_resolved gets only what fires")
    func noResolved() {
        let alerts = [GroupFlushTests.alert("x", endsIn: 60), GroupFlushTests.alert("y", endsIn: -1)]
        let result = flush(alerts, receivers: [GroupFlushTests.receiver("a", sendResolved: false)])
        #expect(result.drafts.first?.alerts.map(\.status) == [.firing])
    }
}
