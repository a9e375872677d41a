import Synchronization
import Testing
import TocsinCore
import TocsinTesting

@Suite(.timeLimit(.minutes(8))) struct ManualClockTests {
    private final class Woken: Sendable {
        let numbers = Mutex<[Int]>([])
    }

    @Test func standsStillUntilItIsMoved() {
        let clock = ManualClock(Timestamp(milliseconds: 1000))
        #expect(clock.now() == Timestamp(milliseconds: 1000))
        clock.advance(by: .milliseconds(250))
        #expect(clock.now() == Timestamp(milliseconds: 1250))
        clock.set(Timestamp(milliseconds: 10))
        #expect(clock.now() == Timestamp(milliseconds: 10))
    }

    @Test func wakesWhoHasSleptLongEnoughAndNobodyElse() async throws {
        let clock = ManualClock(Timestamp(milliseconds: 0))
        let woken = Woken()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seconds in [3, 1, 2] {
                group.addTask {
                    try await clock.sleep(for: .seconds(seconds))
                    woken.numbers.withLock { $0.append(seconds) }
                }
            }
            try await clock.waitForSleepers(3)
            #expect(clock.nextDeadline == Timestamp(milliseconds: 1000))
            clock.advance(by: .milliseconds(999))
            #expect(clock.sleeperCount == 3)
            clock.advance(by: .milliseconds(1001))
            #expect(clock.sleeperCount == 1)
            try await eventually { woken.numbers.withLock { Set($0) } == [1, 2] }
            clock.advance(by: .seconds(5))
            try await group.waitForAll()
        }
        #expect(woken.numbers.withLock { $0.last } == 3)
    }

    @Test func aCancelledSleepThrows() async throws {
        let clock = ManualClock()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await clock.sleep(for: .seconds(1)) }
            try await clock.waitForSleepers()
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        #expect(clock.sleeperCount == 0)
        try await clock.sleep(for: .zero)
    }

    @Test func sleepingInACancelledTaskThrowsAtOnce() async {
        let clock = ManualClock()
        await withThrowingTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask { try await clock.sleep(for: .seconds(1)) }
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
    }
}
