import Foundation
import Testing
import TocsinCore

@testable import TocsinAutoscaler

@Suite struct TraceFileTests {
    @Test func readsAWrittenTrace() throws {
        let text =
            #"{"concurrency": 64, "steps": [{"seconds": 60, "rate": 100}, {"seconds": 60, "rate": 100, "burst": 9000}]}"#
        guard case .load(let trace) = try TraceFile.read(Data(text.utf8)) else {
            Issue.record("this is a load")
            return
        }
        #expect(trace.concurrency == 64 && trace.seconds == 120 && trace.startSeconds == 8)
        let (report, decisions) = Simulation.replay(trace, policy: ScalingPolicy())
        #expect(report.deliveries == 21_000)
        #expect(decisions.contains { $0.reason == .backlog || $0.reason == .age })
    }

    @Test func decidesOnARecordingAgain() throws {
        var lines = ""
        for second in 0..<200 {
            var seen = ScalingLawTests.pool(4)
            if second == 20 { seen.depth = 4000 }
            let record = TraceFile.Record(at: Timestamp(milliseconds: Int64(second) * 1000), observation: seen)
            lines += String(decoding: try JSONEncoder().encode(record), as: UTF8.self) + "\n"
        }
        guard case .recording(let records) = try TraceFile.read(Data(lines.utf8)) else {
            Issue.record("this is a recording")
            return
        }
        let changes = TraceFile.decide(records, ScalingPolicy())
        #expect(changes.first.map { $0.size > 4 } == true)
        #expect(changes.last.map { $0.size < 4 } == true)
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"steps": []}"#, #"{"steps": [{"seconds": 0, "rate": 1}]}"#,
        #"{"steps": [{"seconds": 1e12, "rate": 1}]}"#, #"{"steps": [{"seconds": 5, "rate": -1}]}"#,
        #"{"concurrency": 0, "steps": [{"seconds": 5, "rate": 1}]}"#, "\u{1}\n\u{2}",
    ])
    func refuses(_ text: String) {
        #expect(throws: TraceError.self) { try TraceFile.read(Data(text.utf8)) }
    }

    @Test func aRecordOfADecisionComesBackAsItWas() throws {
        let seen = ScalingLawTests.pool(2) { ScalingLawTests.busy(240, &$0) }
        let decision = ScalingLaw.decide(ScalingState(), seen, ScalingPolicy(), now: .epoch).decision
        #expect(ScalingDecision(record: try decision.record()) == decision)
        #expect(ScalingDecision(record: Array("{}".utf8)) == nil)
    }
}
