import Testing

@testable import TocsinBench

@Suite struct SinkProgramTests {
    private func answers(_ program: SinkProgram, _ count: Int) -> [SinkProgram.Answer] {
        var script = SinkScript(program)
        return (0..<count).map { _ in script.next() }
    }

    @Test func followsTheSequenceFirst() {
        let program = SinkProgram(sequence: [.init(status: 503), .init(kind: .hang)], usual: .init(status: 202))
        #expect(
            answers(program, 4) == [.init(status: 503), .init(kind: .hang), .init(status: 202), .init(status: 202)])
    }

    @Test(arguments: [1, 7, 99] as [UInt64])
    func drawsTheSameChancesFromTheSameSeed(seed: UInt64) {
        let program = SinkProgram(
            chances: [
                .init(probability: 0.2, answer: .init(status: 429)),
                .init(probability: 0.1, answer: .init(kind: .reset)),
            ], seed: seed)
        let drawn = answers(program, 10_000)
        #expect(drawn == answers(program, 10_000))
        #expect((1800...2200).contains(drawn.filter { $0.status == 429 }.count), "seed \(seed)")
        #expect((850...1150).contains(drawn.filter { $0.kind == .reset }.count), "seed \(seed)")
    }

    @Test func readsJSONWithDefaults() throws {
        let text = #"""
            {"sequence": [{"status": 503, "retryAfterSeconds": 2}, {"kind": "reset"}],
             "chances": [{"probability": 0.5, "answer": {"delayMilliseconds": 20}}]}
            """#
        let program = try BenchJSON.decode(SinkProgram.self, from: text.utf8)
        #expect(
            program
                == SinkProgram(
                    sequence: [.init(status: 503, retryAfterSeconds: 2), .init(kind: .reset)],
                    chances: [.init(probability: 0.5, answer: .init(delayMilliseconds: 20))]))
        #expect(try BenchJSON.decode(SinkProgram.self, from: "{}".utf8) == SinkProgram())
    }

    @Test(arguments: ["", "[]", "{", #"{"usual":{"kind":"explode"}}"#, #"{"seed":-1}"#, #"{"usual":{"status":"200"}}"#])
    func refusesOtherText(_ text: String) {
        #expect(throws: BenchError.self) { try BenchJSON.decode(SinkProgram.self, from: text.utf8) }
    }

    @Test(arguments: [
        SinkProgram(usual: .init(status: 100)), SinkProgram(usual: .init(status: 600)),
        SinkProgram(usual: .init(delayMilliseconds: -1)), SinkProgram(sequence: [.init(retryAfterSeconds: -5)]),
        SinkProgram(chances: [.init(probability: 1.5, answer: .init())]),
        SinkProgram(chances: [.init(probability: 0.6, answer: .init()), .init(probability: 0.6, answer: .init())]),
    ])
    func refusesWhatItCannotFollow(_ program: SinkProgram) {
        #expect(throws: BenchError.self) { try program.check() }
        #expect(throws: BenchError.self) { try Sink().follow(program) }
    }
}
