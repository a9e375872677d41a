import NIOCore
import NIOPosix
public import TocsinCore

/// Posts alerts to any server with Alertmanager's API v2 and measures its answers.
///
/// One thread and a fixed number of keep-alive connections with one request each in flight. Without a rate each
/// connection posts as soon as it has its answer (closed loop). With a rate, requests are due at fixed moments
/// (open loop), and a late answer counts from the moment its request was due: a server that stalls cannot hide the
/// requests that had to wait meanwhile.
public struct LoadGenerator: Sendable {
    /// Which alerts are posted.
    public enum Population: Sendable, Hashable {
        /// Every alert is a new one.
        case unique
        /// The same few again and again, as Prometheus does while they fire.
        case fixed(count: Int)
    }

    /// What the alerts say of themselves.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// They end in the future.
        case firing
        /// They ended just now.
        case resolved
    }

    /// What to send, where and how fast.
    public struct Options: Sendable {
        /// Where to, such as `http://127.0.0.1:9093/api/v2/alerts`; the path may be left out.
        public var url: String
        /// Headers of every request, such as a bearer token's.
        public var headers: [(name: String, value: String)] = []
        /// Keep-alive connections.
        public var connections = 4
        /// Alerts a request.
        public var batch = 64
        /// Alerts in all; `nil`: as many as ``duration`` allows.
        public var total: Int?
        /// For how long requests are sent; `nil`: until ``total`` are.
        public var duration: Duration?
        /// Alerts a second; `nil`: as fast as the answers come.
        public var rate: Double?
        /// Which alerts.
        public var population: Population = .unique
        /// Firing or resolved.
        public var state: State = .firing
        /// How many values the label `namespace` takes.
        public var groups = 100
        /// The prefix of the run's `bench_id`s, at most five letters and digits; `nil`: drawn at random.
        public var run: String?
        /// The number of the first alert.
        public var firstIndex = 0
        /// For how long the alerts say they will fire.
        public var lifetime: Duration = .seconds(3600)
        /// After how long without an answer a request has failed.
        public var requestTimeout: Duration = .seconds(10)
        /// After how long the run ends, whatever is still missing.
        public var timeLimit: Duration = .seconds(600)

        /// As fast as possible to one URL; give ``total`` or ``duration``.
        public init(url: String) { self.url = url }
    }

    private let plan: LoadPlan

    /// A generator, ready to run.
    ///
    /// - Throws: ``BenchError`` that names the option that cannot be.
    public init(options: Options, clock: any WallClock = SystemClock()) throws {
        plan = try LoadPlan(options, now: clock.now())
    }

    /// Connects, sends, waits for the last answer and reports.
    ///
    /// Ends by itself at the latest after the time limit.
    ///
    /// - Throws: ``BenchError`` `server_unreachable` if no first connection can be made; `CancellationError`.
    public func run() async throws -> LoadReport {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let plan = plan
        do {
            let engine = try await loop.submit { NIOLoopBound(LoadEngine(plan, loop: loop), eventLoop: loop) }.get()
            let report = try await withTaskCancellationHandler {
                try await loop.flatSubmit { engine.value.start() }.get()
            } onCancel: {
                loop.execute { engine.value.cancel() }
            }
            try await group.shutdownGracefully()
            return report
        } catch {
            // The first error is the one that matters; a group that cannot close is only a leak of one thread.
            try? await group.shutdownGracefully()
            throw error
        }
    }
}
