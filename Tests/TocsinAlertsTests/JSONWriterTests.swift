import Foundation
import Testing
import TocsinAlerts
import TocsinTesting

@Suite("JSON, written")
struct JSONWriterTests {
    @Test("What another reader reads is what was written, whatever stands where", arguments: [1, 2, 3] as [UInt64])
    func readsBack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pieces = ["a", "\"", "\\", "\n", "\u{0}", "\u{1F}", " ", "!", "é", "\u{2028}", "<", "&", "\u{7F}", "🔥"]
        for _ in 0..<500 {
            let text = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }.joined()
            for escapesHTML in [false, true] {
                var writer = JSONWriter(escapesHTML: escapesHTML)
                writer.array { $0.value(text) }
                let read = try JSONDecoder().decode([String].self, from: Data(writer.bytes))
                #expect(read.map { Array($0.utf8) } == [Array(text.utf8)], "seed \(seed)")
            }
        }
    }
}
