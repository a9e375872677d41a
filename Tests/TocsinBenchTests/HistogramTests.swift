import Testing

@testable import TocsinBench

@Suite struct HistogramTests {
    @Test func hasNoValueWhenEmpty() {
        let histogram = Histogram()
        #expect(histogram.count == 0)
        #expect(histogram.percentile(50) == 0)
        #expect(histogram.mean == 0)
    }

    @Test(arguments: [UInt64(0), 1, 127, 128, 255, 256, 257, 1_000_003, 1 << 40, .max - 1, .max])
    func keepsOneValueAsItIs(_ value: UInt64) {
        var histogram = Histogram()
        histogram.record(value)
        for percent in [0.0, 50, 99, 100] { #expect(histogram.percentile(percent) == value) }
        #expect(histogram.minimum == value)
        #expect(histogram.maximum == value)
    }

    @Test(arguments: [UInt64(0), 1, 200, 256, 70_000, 123_456_789, .max])
    func putsAValueBetweenItsBucketsEdges(_ value: UInt64) {
        let bucket = Histogram.bucket(of: value)
        #expect(Histogram.upperEdge(of: bucket) >= value)
        if bucket > 0 { #expect(Histogram.upperEdge(of: bucket - 1) < value) }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func answersWithinOnePart128OfTheSortedValues(seed: UInt64) {
        var state = seed
        var values: [UInt64] = []
        var histogram = Histogram()
        for _ in 0..<5000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = state >> (20 + state % 40)
            values.append(value)
            histogram.record(value)
        }
        values.sort()
        for percent in [1.0, 50, 95, 99, 99.9, 100] {
            let exact = values[max(0, Int((5000 * percent / 100).rounded(.up)) - 1)]
            let answer = histogram.percentile(percent)
            #expect(
                answer >= exact && Double(answer) <= Double(exact) * (1 + 1.0 / 128) + 1, "seed \(seed) p\(percent)")
        }
    }

    @Test func mergesAsIfAllHadBeenRecordedInOne() {
        var (left, right, both) = (Histogram(), Histogram(), Histogram())
        for value in 0..<1000 as Range<UInt64> {
            if value % 3 == 0 { left.record(value * value) } else { right.record(value * value) }
            both.record(value * value)
        }
        left.merge(right)
        left.merge(Histogram())
        #expect(left.count == both.count)
        #expect(left.mean == both.mean)
        for percent in [5.0, 50, 99] { #expect(left.percentile(percent) == both.percentile(percent)) }
    }
}
