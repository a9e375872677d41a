import Testing

@testable import TocsinAutoscaler

/// What others use, by the examples of its own documents and sources.
@Suite struct RivalTests {
    private static func pool(ready: Int, starting: Int = 0, waiting: Double = 0, busy: Double = 1) -> SimulatedPool {
        let trace = LoadTrace(name: "", serviceMilliseconds: 1000, concurrency: 10, startSeconds: 60, steps: [])
        var pool = SimulatedPool(trace, workers: ready)
        pool.resize(to: ready + starting, at: 0)
        // One second in which the workers are as busy as asked, and in whose end so many wait.
        _ = pool.advance(Double(ready) * 10 * busy + waiting, service: 1, at: 0, for: 1)
        return pool
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let metric: HorizontalPodAutoscaler.Metric
        let pool: SimulatedPool
        let size: Int
    }

    static let cases: [Case] = [
        // "if the current metric value is 200m, and the desired value is 100m, the number of replicas will be doubled"
        Case(testDescription: "twice", metric: .cpu(target: 0.5), pool: pool(ready: 3), size: 6),
        Case(testDescription: "within the tolerance", metric: .cpu(target: 0.95), pool: pool(ready: 3), size: 3),
        Case(
            testDescription: "workers that start count as idle", metric: .cpu(target: 0.5),
            pool: pool(ready: 2, starting: 2), size: 4),
        Case(
            testDescription: "twice or four more", metric: .lag(target: 5), pool: pool(ready: 2, waiting: 1000), size: 6
        ),
        Case(testDescription: "lag per worker", metric: .lag(target: 100), pool: pool(ready: 2, waiting: 350), size: 4),
        Case(
            testDescription: "pending entries cannot be more than there are places", metric: .pending(target: 10),
            pool: pool(ready: 2, waiting: 100_000), size: 2),
    ]

    @Test(arguments: cases) func recommends(_ row: Case) {
        var scaler = HorizontalPodAutoscaler(row.metric, minimum: 1, maximum: 60)
        #expect(scaler.size(of: row.pool, flow: SimulatedFlow(), at: 15) == row.size)
    }

    @Test func shrinksWhenTheLargestOfFiveMinutesIsSmaller() {
        var scaler = HorizontalPodAutoscaler(.lag(target: 100), minimum: 1, maximum: 60)
        var sizes: [Int] = []
        var pool = Self.pool(ready: 4, waiting: 400)
        for look in 0..<25 {
            let size = scaler.size(of: pool, flow: SimulatedFlow(), at: Double(look) * 15)
            sizes.append(size)
            pool = Self.pool(ready: size, waiting: 0, busy: 0)
        }
        #expect(sizes.prefix(20).allSatisfy { $0 == 4 }, "\(sizes)")
        #expect(sizes[20] == 1, "\(sizes)")
    }
}
