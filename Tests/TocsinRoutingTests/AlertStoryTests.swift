import Testing
import TocsinCore
import TocsinRouting

@Suite("Stories of alerts")
struct AlertStoryTests {
    private static let start = Timestamp(milliseconds: 1_790_000_000_000)

    private func turn(after seconds: Int) -> TurnTrail {
        TurnTrail(time: Self.start + .seconds(seconds), worker: "w")
    }

    @Test("an alert whose group waits for an earlier notification is told so, and one of another group is not")
    func waiting() {
        var first = turn(after: 0)
        let batch = first.add(TurnTrail.Batch(receivedAt: Self.start, origin: BatchOrigin(kind: "open")))
        let names = ["db", "web"]
        for (number, name) in names.enumerated() {
            let group = first.add(TurnTrail.Group(route: "{}", labels: name, receivers: ["out"]))
            first.add(
                TurnTrail.Arrival(
                    fingerprint: UInt64(number + 1), batch: batch, group: group, isResolved: false, deaf: []))
        }
        var second = turn(after: 30)
        var flush = TurnTrail.Flush(group: second.add(TurnTrail.Group(route: "{}", labels: "db", receivers: ["out"])))
        flush.waiting = ["out"]
        second.add(flush)
        let story = AlertStory(of: 1, turns: [first, second], attempts: [])
        #expect(story.steps.map(\.kind) == [.accepted, .routed, .waiting])
        #expect(story.steps.last?.receiver == "out" && story.steps.last?.text.contains("still under way") == true)
        let other = AlertStory(of: 2, turns: [first, second], attempts: [])
        #expect(other.steps.map(\.kind) == [.accepted, .routed])
    }
}
