import Foundation
import NIOCore
import Testing
import TocsinCore

@testable import TocsinBench

@Suite struct LoadPlanTests {
    private struct Alert: Decodable {
        let labels: [String: String]
        let annotations: [String: String]
        let startsAt: String
        let endsAt: String
        let generatorURL: String
    }

    private static let now = Timestamp(milliseconds: 1_790_000_000_123)

    private func options(_ change: (inout LoadGenerator.Options) -> Void = { _ in }) -> LoadGenerator.Options {
        var options = LoadGenerator.Options(url: "http://127.0.0.1:9093")
        options.total = 100
        options.run = "r1"
        change(&options)
        return options
    }

    private func request(_ plan: LoadPlan, number: Int) throws -> (head: [String], alerts: [Alert]) {
        var buffer = ByteBuffer()
        plan.write(
            request: number, size: plan.size(ofRequest: number), sentNanoseconds: 1_790_000_000_000_000_007,
            into: &buffer)
        let text = String(buffer: buffer)
        let end = try #require(text.range(of: "\r\n\r\n"))
        let body = Data(text[end.upperBound...].utf8)
        let head = text[..<end.lowerBound].components(separatedBy: "\r\n")
        #expect(head.contains("Content-Length: \(body.count)"))
        return (head, try JSONDecoder().decode([Alert].self, from: body))
    }

    @Test func writesWholeRequestsOfAlertsLikePrometheus() throws {
        let plan = try LoadPlan(
            options {
                $0.headers = [("Authorization", "Bearer abc")]
                $0.batch = 64
                $0.groups = 7
            }, now: LoadPlanTests.now)
        let (head, alerts) = try request(plan, number: 1)
        #expect(head.first == "POST /api/v2/alerts HTTP/1.1")
        #expect(head.contains("Host: 127.0.0.1:9093"))
        #expect(head.contains("Authorization: Bearer abc"))
        #expect(alerts.count == 36)
        let alert = try #require(alerts.last)
        #expect(alert.labels["bench_id"] == "r1-000000099")
        #expect(alert.labels["alertname"] == "Load99")
        #expect(alert.labels["namespace"] == "team-0001")
        #expect(
            Set(alert.labels.keys) == [
                "alertname", "bench_id", "cluster", "instance", "job", "namespace", "pod", "severity",
            ])
        #expect(alert.annotations["bench_sent_ns"] == "1790000000000000007")
        #expect(Set(alert.annotations.keys) == ["bench_sent_ns", "description", "runbook_url", "summary"])
        #expect(alert.endsAt == (LoadPlanTests.now + .seconds(3600)).rfc3339Milliseconds)
        #expect((650...780).contains(plan.template.count))
    }

    @Test func countsRequestsAndAlerts() throws {
        let plan = try LoadPlan(
            options {
                $0.total = 130
                $0.batch = 64
            }, now: LoadPlanTests.now)
        #expect((0...3).map { plan.size(ofRequest: $0) } == [64, 64, 2, 0])
    }

    @Test func aFixedSetComesRoundAgain() throws {
        let plan = try LoadPlan(
            options {
                $0.population = .fixed(count: 3)
                $0.batch = 4
                $0.firstIndex = 10
            }, now: LoadPlanTests.now)
        #expect(
            try request(plan, number: 1).alerts.map { $0.labels["bench_id"] ?? "" }.map { $0.suffix(2) } == [
                "11", "12", "10", "11",
            ])
    }

    @Test func resolvedAlertsHaveEnded() throws {
        let plan = try LoadPlan(options { $0.state = .resolved }, now: LoadPlanTests.now)
        let alert = try #require(try request(plan, number: 0).alerts.first)
        #expect(alert.endsAt == LoadPlanTests.now.rfc3339Milliseconds)
        #expect(alert.startsAt < alert.endsAt)
    }

    @Test(arguments: [(500.0, 1, 2_000_000), (500.0, 10, 20_000_000), (3.0, 1, 333_333_333)])
    func spacesRequestsByRateAndBatch(rate: Double, batch: Int, nanoseconds: Int64) throws {
        let plan = try LoadPlan(
            options {
                $0.rate = rate
                $0.batch = batch
            }, now: LoadPlanTests.now)
        #expect(plan.due(request: 0) == .zero)
        #expect(plan.due(request: 1) == .nanoseconds(nanoseconds))
        // An hour later the schedule has not drifted by more than a microsecond.
        let later = plan.due(request: Int(3600 * rate) / batch)
        #expect(abs(later.nanoseconds - 3_600_000_000_000) < 1000)
    }

    @Test(arguments: [
        "", "127.0.0.1:9093", "https://h/", "http://", "http://:80/", "http://h:0/", "http://h:x/", "http://h:99999/",
        "http://u@h/", "http://h/a b", "http://h/\r\nX: y", "http://[]/",
    ])
    func refusesOtherURLs(_ url: String) {
        #expect(throws: BenchError.self) { try BenchTarget(url: url) }
    }

    @Test func readsURLs() throws {
        #expect(try BenchTarget(url: "http://h").authority == "h:80")
        #expect(try BenchTarget(url: "http://h").path == "/api/v2/alerts")
        #expect(try BenchTarget(url: "http://[::1]:9093/x").authority == "[::1]:9093")
        #expect(try BenchTarget(url: "http://[::1]:9093/x").host == "::1")
        #expect(try BenchTarget(url: "http://h:9/am/api/v2/alerts?x=1").path == "/am/api/v2/alerts?x=1")
    }

    static let wrong: [@Sendable (inout LoadGenerator.Options) -> Void] = [
        { $0.total = nil }, { $0.total = 0 }, { $0.total = .max }, { $0.connections = 0 }, { $0.batch = 0 },
        { $0.batch = .max },
        { $0.rate = 0 }, { $0.rate = .nan }, { $0.rate = .infinity }, { $0.duration = .zero }, { $0.groups = 0 },
        { $0.groups = 10_001 }, { $0.firstIndex = -1 }, { $0.run = "toolong" }, { $0.run = "a\"b" }, { $0.run = "" },
        { $0.population = .fixed(count: 0) }, { $0.timeLimit = .zero }, { $0.requestTimeout = .seconds(1_000_000) },
        { $0.headers = [("A", "b\r\nC: d")] }, { $0.headers = [("", "b")] }, { $0.headers = [("A:", "b")] },
    ]

    @Test(arguments: wrong.indices)
    func refusesOptionsThatCannotBe(_ index: Int) {
        #expect(throws: BenchError.self) { try LoadPlan(options(LoadPlanTests.wrong[index]), now: LoadPlanTests.now) }
    }
}
