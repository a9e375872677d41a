import NIOCore

/// What a run has counted so far.
struct LoadCounts {
    var startedAtNanoseconds: Int64 = 0
    private let run: String
    private var posts = 0
    private var alerts = 0
    private var acceptedAlerts = 0
    private var statuses: [Int: Int] = [:]
    private var errors: [String: Int] = [:]
    private var latencies = Histogram()
    private var lastAnswer: NIODeadline?

    init(run: String) { self.run = run }

    mutating func sent(_ request: LoadEngine.Request) {
        posts += 1
        alerts += request.size
    }

    mutating func answered(_ request: LoadEngine.Request, status: Int, now: NIODeadline) {
        statuses[status, default: 0] += 1
        if (200..<300).contains(status) { acceptedAlerts += request.size }
        latencies.record(UInt64(max(0, (now - request.due).nanoseconds)))
        lastAnswer = now
    }

    mutating func failed(_ reason: String) { errors[reason, default: 0] += 1 }

    func report(start: NIODeadline, isComplete: Bool) -> LoadReport {
        let elapsed = Double(((lastAnswer ?? start) - start).nanoseconds) / 1e9
        return LoadReport(
            run: run, startedAtMilliseconds: startedAtNanoseconds / 1_000_000, elapsedSeconds: elapsed, posts: posts,
            alerts: alerts, acceptedAlerts: acceptedAlerts,
            alertsPerSecond: elapsed > 0 ? Double(acceptedAlerts) / elapsed : 0,
            statuses: Dictionary(uniqueKeysWithValues: statuses.map { (String($0), $1) }), errors: errors,
            latency: LatencySummary(nanoseconds: latencies), isComplete: isComplete)
    }
}
