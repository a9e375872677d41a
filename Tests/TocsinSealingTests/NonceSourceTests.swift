import Synchronization
import Testing

@testable import TocsinSealing

@Suite struct NonceSourceTests {
    @Test func hundredThousandAreUnique() async {
        let source = NonceSource(fill: NonceSource.fillFromSystem)
        let all = await withTaskGroup(of: [SealingNonce].self) { group in
            for _ in 0..<4 { group.addTask { (0..<25_000).map { _ in source.draw() } } }
            return await group.reduce(into: Set<SealingNonce>()) { $0.formUnion($1) }
        }
        #expect(all.count == 100_000)
    }

    /// Every nonce is a place of its own in what the generator gave, and the place is wiped when it is handed out.
    @Test func eachPlaceIsUsedOnceAndWiped() {
        let fills = Mutex(0)
        let source = NonceSource { buffer in
            #expect(buffer.allSatisfy { $0 == 0 }, "a used nonce was still there")
            let round = fills.withLock { count in
                count += 1
                return count
            }
            for index in buffer.indices { buffer[index] = UInt8(truncatingIfNeeded: index / 12 + round * 21 + 1) }
        }
        let drawn = (0..<63).map { _ in source.draw().withBytes { Array($0) } }
        #expect(drawn == (22..<85).map { [UInt8](repeating: UInt8($0), count: 12) })
        #expect(fills.withLock { $0 } == 3)
    }

    @Test func systemFillsTheWholeBuffer() {
        var seen = [Bool](repeating: false, count: 252)
        for _ in 0..<8 {
            var block = [UInt8](repeating: 0, count: 252)
            block.withUnsafeMutableBytes { NonceSource.fillFromSystem($0) }
            for index in block.indices where block[index] != 0 { seen[index] = true }
        }
        #expect(seen.allSatisfy { $0 })
    }
}
