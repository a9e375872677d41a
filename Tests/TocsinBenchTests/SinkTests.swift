import Testing

@testable import TocsinBench

@Suite(.timeLimit(.minutes(8))) struct SinkTests {
    private func webhook(_ id: String, status: String = "firing", sent: Int64) -> String {
        #"{"status":"\#(status)","alerts":[{"status":"\#(status)","labels":{"bench_id":"\#(id)"},"#
            + #""annotations":{"bench_sent_ns":"\#(sent)"}}],"groupLabels":{"bench_id":"\#(id)"}}"#
    }

    @Test func countsWhatItIsSent() async throws {
        let stats = try await withSink { _, port in
            let sent = BenchClock.wallNanoseconds() - 5_000_000
            #expect(try ask("POST", "/hook", webhook("a", sent: sent), port: port).status == 200)
            #expect(try ask("POST", "/hook", webhook("a", sent: sent), port: port).status == 200)
            #expect(
                try ask("POST", "/other", webhook("a", status: "resolved", sent: sent + 1), port: port).status == 200)
            let stats = try ask("GET", "/_sink/stats", port: port)
            let received = try ask("GET", "/_sink/received", port: port)
            #expect(received.body.hasPrefix(#"{"id":"a","count":3,"firstMs":"#))
            #expect(received.body.hasSuffix(#","order":"ffr"}"# + "\n"))
            #expect(try ask("POST", "/_sink/reset", port: port).status == 204)
            #expect(try ask("GET", "/_sink/received", port: port).body == "")
            return try BenchJSON.decode(SinkStats.self, from: stats.body.utf8)
        }
        #expect(stats.requests == 3)
        #expect(stats.alerts == 3)
        #expect(stats.distinct == 1)
        #expect(stats.duplicates == 1)
        #expect(stats.latency.count == 2)
        #expect(stats.latency.p50 >= 5)
    }

    @Test func answersAsItIsTold() async throws {
        try await withSink { sink, port in
            let program = #"""
                {"sequence": [{"status": 503, "retryAfterSeconds": 7}, {"kind": "reset"}, {"status": 202, "delayMilliseconds": 30}]}
                """#
            #expect(try ask("POST", "/_sink/program", program, port: port).status == 204)
            let refused = try ask("POST", "/", webhook("a", sent: 1), port: port)
            #expect(refused.status == 503)
            #expect(refused.head.contains("Retry-After: 7"))
            #expect(try ask("POST", "/", webhook("a", sent: 1), port: port).status == 0)
            let start = ContinuousClock.now
            #expect(try ask("POST", "/", webhook("a", sent: 1), port: port).status == 202)
            #expect(ContinuousClock.now - start >= .milliseconds(30))
            #expect(sink.stats.refusedRequests == 2)
            #expect(sink.stats.alerts == 1)
        }
    }

    @Test(arguments: [
        ("POST", "/_sink/program", "{", 400), ("POST", "/_sink/program", #"{"usual":{"status":7}}"#, 400),
        ("GET", "/_sink/program", "", 404), ("GET", "/_sink/x", "", 404), ("POST", "/", "not json", 200),
    ])
    func answersWrongRequests(_ method: String, _ path: String, _ body: String, _ status: Int) async throws {
        try await withSink { _, port in
            let answer = try ask(method, path, body, port: port)
            #expect(answer.status == status)
        }
    }

    @Test func refusesAnEndlessBody() async throws {
        try await withSink(maximumBody: 1000) { sink, port in
            let answer = try ask("POST", "/", String(repeating: "x", count: 1001), port: port)
            #expect(answer.status == 413)
            #expect(sink.stats.requests == 0)
        }
    }

    @Test func saysThatThePortIsTaken() async throws {
        try await withSink { _, port in
            var options = Sink.Options()
            options.port = port
            let second = try Sink(options: options)
            let error = await #expect(throws: BenchError.self) { try await second.run() }
            #expect(error?.code == "listen_failed")
        }
    }
}
