import Testing

@testable import TocsinBench

@Suite(.timeLimit(.minutes(8))) struct LoadGeneratorTests {
    private func options(_ port: Int, total: Int, batch: Int = 1, connections: Int = 1) -> LoadGenerator.Options {
        var options = LoadGenerator.Options(url: "http://127.0.0.1:\(port)/")
        options.total = total
        options.batch = batch
        options.connections = connections
        options.timeLimit = .seconds(20)
        return options
    }

    @Test func postsEverythingAndCounts() async throws {
        let (report, stats) = try await withSink { sink, port in
            let report = try await LoadGenerator(options: options(port, total: 1000, batch: 64, connections: 4)).run()
            return (report, sink.stats)
        }
        #expect(report.isComplete)
        #expect(report.posts == 16)
        #expect(report.alerts == 1000)
        #expect(report.acceptedAlerts == 1000)
        #expect(report.statuses == ["200": 16])
        #expect(report.errors == [:])
        #expect(report.failedPosts == 0)
        #expect(report.latency.count == 16)
        #expect(report.alertsPerSecond > 0)
        #expect(stats.requests == 16)
    }

    @Test func countsRefusalsApart() async throws {
        let program = SinkProgram(sequence: [.init(status: 503), .init(status: 429)])
        let report = try await withSink(program) { _, port in
            try await LoadGenerator(options: options(port, total: 5)).run()
        }
        #expect(report.statuses == ["200": 3, "429": 1, "503": 1])
        #expect(report.acceptedAlerts == 3)
        #expect(report.failedPosts == 2)
        #expect(report.isComplete)
    }

    @Test func connectsAgainAfterAReset() async throws {
        let program = SinkProgram(sequence: [.init(), .init(kind: .reset)])
        let report = try await withSink(program) { _, port in
            try await LoadGenerator(options: options(port, total: 4)).run()
        }
        #expect(report.statuses == ["200": 3])
        #expect(report.errors == ["closed": 1])
        #expect(report.isComplete)
    }

    @Test func givesUpARequestThatIsNeverAnswered() async throws {
        let program = SinkProgram(sequence: [.init(kind: .hang)])
        let report = try await withSink(program) { _, port in
            var options = options(port, total: 2)
            options.requestTimeout = .milliseconds(50)
            return try await LoadGenerator(options: options).run()
        }
        #expect(report.statuses == ["200": 1])
        #expect(report.errors == ["timeout": 1])
        #expect(report.isComplete)
    }

    @Test func endsAtItsTimeLimit() async throws {
        let report = try await withSink(SinkProgram(usual: .init(kind: .hang))) { _, port in
            var options = options(port, total: 2)
            options.timeLimit = .milliseconds(100)
            return try await LoadGenerator(options: options).run()
        }
        #expect(!report.isComplete)
        #expect(report.posts == 1)
        #expect(report.statuses == [:])
    }

    @Test func endsAfterItsDuration() async throws {
        let report = try await withSink { _, port in
            var options = options(port, total: 1)
            options.total = nil
            options.duration = .milliseconds(200)
            options.rate = 100
            return try await LoadGenerator(options: options).run()
        }
        #expect(report.isComplete)
        #expect(report.posts == 20)
    }

    /// The first answer takes 300 ms, and nine requests are due meanwhile on the only connection: all ten were slow.
    @Test func countsFromWhenARequestWasDue() async throws {
        let program = SinkProgram(sequence: [.init(delayMilliseconds: 300)])
        let report = try await withSink(program) { _, port in
            var options = options(port, total: 10)
            options.rate = 100
            return try await LoadGenerator(options: options).run()
        }
        #expect(report.posts == 10)
        #expect(report.latency.max >= 300)
        #expect(report.latency.p50 >= 240)
    }

    @Test func saysThatNobodyListens() async throws {
        let port = try await withSink { _, port in port }
        let error = await #expect(throws: BenchError.self) {
            try await LoadGenerator(options: options(port, total: 1)).run()
        }
        #expect(error?.code == "server_unreachable")
    }

    @Test func endsWhenItIsCancelled() async throws {
        try await withSink(SinkProgram(usual: .init(kind: .hang))) { sink, port in
            let generator = try LoadGenerator(options: options(port, total: 1))
            await withThrowingTaskGroup(of: LoadReport.self) { group in
                group.addTask { try await generator.run() }
                while sink.stats.requests == 0 { await Task.yield() }
                group.cancelAll()
                await #expect(throws: CancellationError.self) { try await group.next() }
            }
        }
    }
}
