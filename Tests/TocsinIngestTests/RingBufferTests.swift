import Testing
import TocsinCore
import TocsinRouting
import TocsinTesting

@testable import TocsinIngest
@testable import TocsinStreams

extension SealedBatch {
    /// A batch that can be told apart by its number of alerts.
    static func numbered(_ number: Int, bytes: Int = 8, at: Timestamp = Timestamp(milliseconds: 1)) -> SealedBatch {
        SealedBatch(
            tenant: TenantID("acme") ?? { preconditionFailure("a valid name") }(), alerts: number,
            origin: BatchOrigin(kind: "open"), acceptedAt: at,
            id: .random(), shard: 0, weight: 1, dataKey: [], sealed: [UInt8](repeating: 7, count: bytes))
    }
}

@Suite("What a ring keeps")
struct RingBufferTests {
    private let start = Timestamp(milliseconds: 1_790_000_000_000)

    private func ring(_ numbers: ClosedRange<Int>, epoch: Int = 1, byteLimit: Int = 1 << 20) -> RingBuffer {
        var ring = RingBuffer(time: .seconds(60), byteLimit: byteLimit, epoch: epoch)
        for number in numbers { _ = ring.add(.numbered(number), at: start + .seconds(Int64(number)), epoch: epoch) }
        return ring
    }

    @Test("Nothing is owed to the master that took it, everything to the next one, in the order of acceptance")
    func order() {
        var ring = ring(1...5)
        #expect(!ring.owes)
        ring.begin(epoch: 2)
        #expect(ring.owed(limit: 10).batches.map(\.alerts) == [1, 2, 3, 4, 5])
        let (first, end) = ring.owed(limit: 2)
        #expect(first.map(\.alerts) == [1, 2])
        ring.settle(before: end, epoch: 2)
        _ = ring.add(.numbered(6), at: start, epoch: 2)
        #expect(ring.owed(limit: 10).batches.map(\.alerts) == [3, 4, 5])
        ring.settle(before: ring.owed(limit: 10).end, epoch: 2)
        #expect(!ring.owes)
        ring.begin(epoch: 1)
        #expect(!ring.owes, "an older master is none")
    }

    @Test("A batch that the old master took while the new one was being served is owed to the new one")
    func late() {
        var ring = ring(1...3)
        ring.begin(epoch: 2)
        ring.settle(before: ring.owed(limit: 10).end, epoch: 2)
        _ = ring.add(.numbered(4), at: start, epoch: 1)
        #expect(ring.owed(limit: 10).batches.map(\.alerts) == [4])
    }

    @Test("What was given to a server that was master no longer when it was done is owed to the next")
    func failoverDuringReplay() {
        var ring = ring(1...3)
        ring.begin(epoch: 2)
        let (_, end) = ring.owed(limit: 2)
        ring.begin(epoch: 3)
        ring.settle(before: end, epoch: 2)
        #expect(ring.owed(limit: 10).batches.map(\.alerts) == [1, 2, 3])
    }

    @Test("What is older than the ring reaches is dropped, and what has no room is dropped early and counted")
    func bounds() {
        var ring = ring(1...5)
        #expect(ring.expire(now: start + .seconds(62)) == 2)
        #expect(ring.count == 3 && ring.oldest == start + .seconds(3))
        let size = SealedBatch.numbered(0).size
        var small = self.ring(1...3, byteLimit: 3 * size)
        #expect(small.bytes == 3 * size)
        #expect(small.add(.numbered(4), at: start + .seconds(4), epoch: 1) == 1)
        #expect(small.add(.numbered(5), at: start + .seconds(500), epoch: 1) == 0, "its time was over anyway")
        #expect(small.bytes == 3 * size)
        #expect(small.add(.numbered(6, bytes: 10 * size), at: start + .seconds(501), epoch: 1) == 1)
        #expect(small.count == 1, "the newest is kept whatever its size")
    }

    @Test("Whatever happens in whatever order, a batch is owed until a master that came after it has it")
    func anyOrder() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("ring: seed \(seed)")
        var dice = SeededGenerator(seed: seed)
        var ring = RingBuffer(time: .seconds(10), byteLimit: 1 << 20, epoch: 0)
        var truth: [(number: Int, at: Timestamp, epoch: Int)] = []
        var (now, epoch, number) = (start, 0, 0)
        for _ in 0..<3000 {
            switch Int.random(in: 0..<10, using: &dice) {
            case 0..<5:
                number += 1
                let sentIn = Int.random(in: max(0, epoch - 1)...epoch, using: &dice)
                _ = ring.add(.numbered(number), at: now, epoch: sentIn)
                truth.append((number, now, sentIn))
            case 5:
                epoch += 1
                ring.begin(epoch: epoch)
            case 6, 7:
                let (batches, end) = ring.owed(limit: Int.random(in: 1...4, using: &dice))
                let given = Set(batches.map(\.alerts))
                ring.settle(before: end, epoch: epoch)
                for index in truth.indices where given.contains(truth[index].number) { truth[index].epoch = epoch }
            case 8: now = now + .seconds(1)
            default:
                _ = ring.expire(now: now)
                truth.removeAll { now - $0.at >= .seconds(10) }
            }
            #expect(
                ring.owed(limit: .max / 2).batches.map(\.alerts) == truth.filter { $0.epoch < epoch }.map(\.number))
        }
    }
}
