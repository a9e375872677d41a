import NIOCore
import NIOPosix

/// The run itself: hands requests to idle connections when they are due, and counts.
///
/// Lives on one event loop.
final class LoadEngine {
    /// A request in flight.
    struct Request {
        let size: Int
        /// When it should have been sent.
        let due: NIODeadline
        /// When it was.
        let sent: NIODeadline
    }

    private static let patrolInterval = TimeAmount.milliseconds(100)
    private static let reconnectDelay = TimeAmount.milliseconds(100)

    private let plan: LoadPlan
    private let loop: any EventLoop
    private let done: EventLoopPromise<LoadReport>
    private let clock = BenchClock()
    private var idleConnections: [LoadConnection] = []
    private var openConnections: [ObjectIdentifier: LoadConnection] = [:]
    private var counts: LoadCounts
    private var begun: NIODeadline?
    private var nextRequest = 0
    private var inFlight = 0
    private var timer: Scheduled<Void>?
    private var hasEnded = false

    init(_ plan: LoadPlan, loop: any EventLoop) {
        self.plan = plan
        self.loop = loop
        done = loop.makePromise()
        counts = LoadCounts(run: plan.run)
    }

    /// Connects everything, then starts the schedule.
    func start() -> EventLoopFuture<LoadReport> {
        for _ in 0..<plan.connections { connect() }
        let loop = loop.assumeIsolated()
        let limit = loop.scheduleTask(in: plan.timeLimit) { self.timeIsUp() }
        done.futureResult.assumeIsolated().whenComplete { _ in limit.cancel() }
        patrol()
        return done.futureResult
    }

    func cancel() {
        guard !hasEnded else { return }
        finish(.failure(CancellationError()))
    }

    func connected(_ connection: LoadConnection) {
        openConnections[ObjectIdentifier(connection)] = connection
        guard !hasEnded else { return connection.close() }
        idle(connection)
    }

    func idle(_ connection: LoadConnection) {
        idleConnections.append(connection)
        pump()
    }

    func answered(_ request: Request, status: Int) {
        inFlight -= 1
        counts.answered(request, status: status, now: .now())
    }

    func failed(_ request: Request, _ failure: LoadConnection.Failure) {
        inFlight -= 1
        counts.failed(failure.rawValue)
    }

    func disconnected(_ connection: LoadConnection) {
        openConnections[ObjectIdentifier(connection)] = nil
        idleConnections.removeAll { $0 === connection }
        pump()
        // A server that closes before its first answer would otherwise be asked for connections in a tight circle.
        connect(after: connection.hasBeenUseful ? .zero : LoadEngine.reconnectDelay)
    }

    private func connect(after delay: TimeAmount) {
        guard !hasEnded else { return }
        loop.assumeIsolated().scheduleTask(in: delay) { self.connect() }
    }

    private func connect() {
        guard !hasEnded else { return }
        let engine = NIOLoopBound(self, eventLoop: loop)
        ClientBootstrap(group: loop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let engine = engine.value
                    try channel.pipeline.syncOperations.addHandler(
                        LoadConnection(engine: engine, timeout: engine.plan.requestTimeout))
                }
            }
            .connect(host: plan.target.host, port: plan.target.port)
            .assumeIsolated().whenFailure { self.connectFailed($0) }
    }

    /// Before the first connection there is nothing to measure; later it is the server's failure, and is counted.
    private func connectFailed(_ error: any Error) {
        guard !hasEnded else { return }
        guard begun != nil else { return finish(.failure(BenchError.unreachable(plan.target, error))) }
        counts.failed("connect")
        connect(after: LoadEngine.reconnectDelay)
    }

    /// Gives every request that is due to an idle connection; sets the timer to the next that is not.
    private func pump() {
        while !hasEnded {
            let now = NIODeadline.now()
            let size = plan.size(ofRequest: nextRequest)
            let start = begun ?? begin(now)
            let due = plan.interval == nil ? now : start + plan.due(request: nextRequest)
            if size == 0 || plan.duration.map({ due >= start + $0 }) ?? false {
                if inFlight == 0 { finish(.success(counts.report(start: start, isComplete: true))) }
                return
            }
            guard let connection = idleConnections.last else { return }
            guard due <= now else { return wake(at: due) }
            idleConnections.removeLast()
            send(Request(size: size, due: due, sent: now), over: connection)
        }
    }

    private func begin(_ now: NIODeadline) -> NIODeadline {
        begun = now
        counts.startedAtNanoseconds = clock.wall(now)
        return now
    }

    private func send(_ request: Request, over connection: LoadConnection) {
        var bytes = ByteBufferAllocator().buffer(capacity: 512 + request.size * (plan.template.count + 1))
        plan.write(
            request: nextRequest, size: request.size, sentNanoseconds: clock.wall(request.due), into: &bytes)
        nextRequest += 1
        inFlight += 1
        counts.sent(request)
        connection.send(request, bytes: bytes)
    }

    private func wake(at due: NIODeadline) {
        timer?.cancel()
        timer = loop.assumeIsolated().scheduleTask(deadline: due) { self.pump() }
    }

    /// Looks for requests that have waited too long; one look at all is cheaper than a timer for each.
    private func patrol() {
        guard !hasEnded else { return }
        let now = NIODeadline.now()
        for connection in openConnections.values { connection.expire(now: now) }
        loop.assumeIsolated().scheduleTask(in: LoadEngine.patrolInterval) { self.patrol() }
    }

    private func timeIsUp() {
        guard !hasEnded else { return }
        guard let begun else {
            return finish(.failure(BenchError.unreachable(plan.target, ChannelError.connectTimeout(plan.timeLimit))))
        }
        finish(.success(counts.report(start: begun, isComplete: false)))
    }

    private func finish(_ result: Result<LoadReport, any Error>) {
        hasEnded = true
        timer?.cancel()
        for connection in openConnections.values { connection.close() }
        done.completeWith(result)
    }
}
