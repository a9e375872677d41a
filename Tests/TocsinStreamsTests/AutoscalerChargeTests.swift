import Testing
import TocsinCore
import TocsinStreams
import TocsinTesting

/// One autoscaler is in charge, and only it may write.
@Suite(.timeLimit(.minutes(5))) struct AutoscalerChargeTests {
    @Test func oneIsInChargeAndAnotherTakesOver() async throws {
        try await Queues.with { queues in
            let streams = queues.streams
            let first = try await streams.lead("a", for: .seconds(60))
            #expect(first.isOwn)
            #expect(try await streams.lead("a", for: .seconds(60)) == first)
            let refused = try await streams.lead("b", for: .seconds(60))
            #expect(!refused.isOwn && refused.left > .seconds(30))
            #expect(try await streams.autoscalerInCharge() == "a")

            #expect(try await streams.record(decision: [1], isKept: true, by: "a", fence: first.fence))
            #expect(try await !streams.record(decision: [2], isKept: true, by: "b", fence: first.fence))
            try await streams.leaveLead("a")
            #expect(try await streams.autoscalerInCharge() == nil)
            #expect(try await !streams.record(decision: [3], isKept: true, by: "a", fence: first.fence))

            let second = try await streams.lead("b", for: .seconds(60))
            #expect(second.isOwn && second.fence > first.fence)
            #expect(try await !streams.record(decision: [4], isKept: true, by: "b", fence: first.fence))
            #expect(try await streams.record(decision: [5], isKept: false, by: "b", fence: second.fence))
            #expect(try await streams.newestDecision() == [5])
            #expect(try await streams.decisions(limit: 10) == [[1]])
        }
    }

    @Test func whoFallsSilentLosesTheCharge() async throws {
        try await Queues.with { queues in
            let old = try await queues.streams.lead("a", for: .milliseconds(50))
            try await eventually(deadline: .seconds(30), "the charge ends") {
                try await queues.streams.lead("b", for: .seconds(60)).isOwn
            }
            #expect(try await !queues.streams.record(decision: [1], isKept: true, by: "a", fence: old.fence))
        }
    }

    @Test func theFenceGrowsEvenIfANewMasterForgotIt() async throws {
        try await Queues.with { queues in
            let first = try await queues.streams.lead("a", for: .seconds(60))
            try await queues.send("FLUSHALL")
            let second = try await queues.streams.lead("b", for: .seconds(60))
            #expect(second.isOwn && second.fence >= first.fence)
        }
    }

    @Test func keepsABoundedNumberOfDecisions() async throws {
        try await Queues.with { queues in
            let charge = try await queues.streams.lead("a", for: .seconds(600))
            for number in 0..<1010 {
                let record = Array("\(number)".utf8)
                #expect(
                    try await queues.streams.record(decision: record, isKept: true, by: "a", fence: charge.fence))
            }
            let kept = try await queues.streams.decisions(limit: 5000)
            #expect(kept.count == 1000 && kept.first == Array("1009".utf8))
        }
    }
}
