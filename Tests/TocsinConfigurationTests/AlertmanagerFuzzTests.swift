import Testing
import TocsinConfiguration

/// Files that nobody would write must be refused or read, and never end the process.
struct AlertmanagerFuzzTests {
    private static let values = [
        "", "null", "~", "yes", "5", "-1", "1.5e300", "abc", "[]", "{}", "[null]", "{a: b}", "\"\\x\"", "http://[::1",
        "://", "!!binary x", "&a", "*a", "<<: 5", "- - -", "? :", "|", ">-", "\u{0}", "\u{FEFF}", "😀", "'''",
        "99999999999999999999",
        "%zz", "{{", "${", "...", "---",
    ]

    @Test func changedFilesNeverCrash() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(state: seed)
        let sources = try ["alertmanager-0.25/conf.good.yml", "own/everything.yml", "own/anchors.yml"].map {
            try AlertmanagerFixture.text($0)
        }
        var refused = 0
        for _ in 0..<100 {
            var lines = (sources.randomElement(using: &random) ?? "").split(separator: "\n").map(String.init)
            for _ in 0..<Int.random(in: 1...3, using: &random) { change(&lines, &random) }
            do {
                let configuration = try AlertmanagerFile.parse(lines.joined(separator: "\n"), path: "/x/am.yml")
                _ = AlertmanagerImport(configuration)
            } catch {
                refused += 1
                #expect(!error.message.isEmpty, "seed \(seed)")
            }
        }
        #expect(refused > 0, "seed \(seed)")
    }

    private func change(_ lines: inout [String], _ random: inout SeededGenerator) {
        let index = Int.random(in: lines.indices, using: &random)
        let value = AlertmanagerFuzzTests.values.randomElement(using: &random) ?? ""
        switch Int.random(in: 0...4, using: &random) {
        case 0: lines[index] = (lines[index].split(separator: ":").first ?? "") + ": " + value
        case 1: lines.insert(lines[index], at: index)
        case 2: lines[index] = " " + lines[index]
        case 3: lines[index] += value
        default: if lines.count > 1 { lines.remove(at: index) }
        }
    }

    @Test(arguments: [
        String(repeating: "[", count: 100_000), String(repeating: "- ", count: 900) + "a",
        String(repeating: "{a: ", count: 900), "route: " + String(repeating: "{routes: [", count: 300),
        "route: " + String(repeating: "{routes: [", count: 300) + String(repeating: "]}", count: 300),
    ])
    func deepFilesAreRefused(text: String) {
        #expect(throws: AlertmanagerFileError.self) { try AlertmanagerFile.parse(text, path: "/x/am.yml") }
    }

    @Test func aliasesCannotGrowWithoutBound() {
        var text = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...20 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        text += "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://x', payload: *a20}]}]\n"
        let error = #expect(throws: AlertmanagerFileError.self) { try AlertmanagerFile.parse(text, path: "/x/am.yml") }
        #expect(error?.message == "yaml: document contains excessive aliasing")
    }
}

/// SplitMix64, so that a failure can be repeated.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
