import Foundation
import NIOCore
import Testing
import TocsinTesting

@testable import TocsinIngest

@Suite("JSON answers")
struct JSONTextTests {
    @Test("An object with a list reads as it should")
    func shape() {
        let text = JSONText.object { text in
            text.member("code", "a \"b\" \\ \n\u{1F}é")
            text.list("rejected", of: [3, 4]) { text, number in
                text.member("index", number)
                text.member("reason", "r")
            }
            text.list("none", of: [Int]()) { _, _ in }
            text.member("last", 1)
        }
        #expect(
            String(buffer: text)
                == #"{"code":"a \"b\" \\ \u000a\u001fé","rejected":[{"index":3,"reason":"r"},{"index":4,"reason":"r"}],"#
                + #""none":[],"last":1}"#)
    }

    @Test("Any text comes back from a parser", arguments: 0..<50 as Range<UInt64>)
    func anyText(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let scalars = (0..<40).compactMap { _ in Unicode.Scalar(UInt32.random(in: 0..<0x11_0000, using: &generator)) }
        let text = String(String.UnicodeScalarView(scalars))
        let json = JSONText.object { $0.member("text", text) }
        let read = try JSONDecoder().decode([String: String].self, from: Data(json.readableBytesView))
        #expect(read["text"] == text, "seed \(seed)")
    }
}
