import Testing
import TocsinCore
import TocsinRouting

@Suite("Group schedule")
struct GroupScheduleTests {
    static let zero = Timestamp(milliseconds: 1_000_000)

    @Test("the first flush waits, unless the alert has been firing for longer than the wait")
    func first() {
        let now = GroupScheduleTests.zero
        #expect(GroupSchedule.first(alertStart: now, wait: .seconds(30), now: now) == now + .seconds(30))
        #expect(GroupSchedule.first(alertStart: now - .seconds(30), wait: .seconds(30), now: now) == now + .seconds(30))
        #expect(GroupSchedule.first(alertStart: now - .seconds(31), wait: .seconds(30), now: now) == now)
        #expect(GroupSchedule.first(alertStart: now, wait: .zero, now: now) == now)
    }

    @Test(
        "ticks stay on the grid of the last flush",
        arguments: [(-5000, 10_000), (0, 10_000), (1, 10_000), (9_999, 10_000), (10_000, 10_000), (10_001, 20_000)])
    func tick(offset: Int64, expected: Int64) {
        let flushed = GroupScheduleTests.zero
        let tick = GroupSchedule.tick(
            notBefore: flushed + .milliseconds(offset), flushed: flushed, interval: .seconds(10))
        #expect(tick == flushed + .milliseconds(expected))
    }
}
