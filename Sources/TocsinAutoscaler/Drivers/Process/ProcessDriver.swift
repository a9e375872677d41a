public import Logging
public import ServiceLifecycle
import Synchronization
public import TocsinCore

/// Runs workers as child processes of this one: starts them again when they end, and ends them only when they are drained.
///
/// ``run()`` is its structured root task. A graceful shutdown drains all of them and waits; a cancellation asks them to
/// drain. Should this process be killed, they go on; the next one to run with the same directory takes them over.
public final class ProcessDriver: StartCounting, Service {
    /// What it starts, and how long it waits.
    public struct Settings: Sendable {
        /// The program.
        public var executable: String
        /// Its arguments.
        public var arguments: [String]
        /// How long a worker may take to drain after SIGTERM before it is killed.
        public var drainTimeout: Duration
        /// Where it notes its workers.
        public var directory: String
        /// How long a worker must live for its start not to have failed.
        public var settleTime: Duration = .seconds(10)
        /// How long to wait after a failed start.
        public var backoff = Backoff(initial: .seconds(1), maximum: .seconds(30))
        /// How long to wait after a worker has ended by itself and well: it was sent away, and perhaps is not to come back.
        public var pause: Duration = .seconds(5)

        /// Settings.
        public init(executable: String, arguments: [String], drainTimeout: Duration, directory: String) {
            self.executable = executable
            self.arguments = arguments
            self.drainTimeout = drainTimeout
            self.directory = directory
        }
    }

    /// A place in the pool: one worker after the other, until it is not wanted any more.
    private struct Place {
        var process: WorkerProcess?
        var isWanted = true
        /// Tells who waits for the process' end that the place is given up.
        var stop: AsyncStream<Void>.Continuation?
    }

    private struct State {
        var places: [Int: Place] = [:]
        var next = 0
        var failures: [Timestamp] = []
        var isClosed = false
    }

    private let settings: Settings
    private let clock: any WallClock
    private let logger: Logger
    private let registry: WorkerRegistry
    private let state = Mutex(State())
    private let orders: AsyncStream<Order>
    private let order: AsyncStream<Order>.Continuation

    private struct Order {
        let place: Int
        let adopted: WorkerProcess?
    }

    /// A driver that starts nobody until it is told to; workers of an earlier one in the same directory are its own.
    public init(_ settings: Settings, clock: any WallClock, logger: Logger) {
        self.settings = settings
        self.clock = clock
        self.logger = logger
        registry = WorkerRegistry(directory: settings.directory)
        (orders, order) = AsyncStream.makeStream(of: Order.self, bufferingPolicy: .bufferingOldest(4096))
        for process in registry.living() { open(adopting: process) }
    }

    /// `process`.
    public var name: String { "process" }

    /// How many places there are, and in how many of them a worker runs.
    public func observe() async throws(DriverError) -> PoolSize {
        state.withLock { state in
            let wanted = state.places.values.filter(\.isWanted)
            return PoolSize(desired: wanted.count, running: wanted.count { $0.process != nil })
        }
    }

    /// How many workers could not be started, or ended badly soon after, within the last minute.
    public var failedStarts: Int {
        let now = clock.now()
        return state.withLock { state in
            state.failures.removeAll { now - $0 >= .seconds(60) }
            return state.failures.count
        }
    }

    /// Opens places, or gives some up: first those without a worker, then in the order of the nodes, then the newest.
    public func scale(to size: Int, leaving: [String]) async throws(DriverError) {
        guard (0...1000).contains(size) else {
            throw DriverError(.invalid, "one host cannot run \(size) workers: the policy's max is to be 1000 at most")
        }
        let stops = state.withLock { state -> [AsyncStream<Void>.Continuation?] in
            let wanted = state.places.filter(\.value.isWanted).sorted { $0.key > $1.key }
            guard wanted.count > size else { return [] }
            let order = leaving.compactMap(NodeName.process)
            func rank(_ place: Place) -> Int {
                guard let process = place.process else { return -1 }
                return order.firstIndex(of: process.id) ?? order.count
            }
            let chosen = wanted.enumerated().sorted {
                (rank($0.element.value), $0.offset) < (rank($1.element.value), $1.offset)
            }.prefix(wanted.count - size).map(\.element)
            for (key, _) in chosen { state.places[key]?.isWanted = false }
            return chosen.map(\.value.stop)
        }
        for stop in stops { stop?.yield() }
        var missing = size - (try await observe()).desired
        while missing > 0, open(adopting: nil) { missing -= 1 }
    }

    /// Runs the workers until the service is shut down and all of them have ended.
    public func run() async throws {
        await withTaskCancellationOrGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for await order in orders { group.addTask { await self.serve(order) } }
            }
        } onCancelOrGracefulShutdown: {
            self.close()
        }
    }

    @discardableResult
    private func open(adopting process: WorkerProcess?) -> Bool {
        let place = state.withLock { state -> Int? in
            guard !state.isClosed else { return nil }
            state.next += 1
            state.places[state.next] = Place(process: process)
            return state.next
        }
        guard let place else { return false }
        order.yield(Order(place: place, adopted: process))
        return true
    }

    private func close() {
        let stops = state.withLock { state in
            state.isClosed = true
            for key in state.places.keys { state.places[key]?.isWanted = false }
            return state.places.values.map(\.stop)
        }
        for stop in stops { stop?.yield() }
        order.finish()
    }

    private func isWanted(_ place: Int) -> Bool { state.withLock { $0.places[place]?.isWanted ?? false } }

    /// Keeps a worker in a place until the place is given up.
    private func serve(_ order: Order) async {
        var failures = 0
        var process = order.adopted
        while isWanted(order.place) || process != nil {
            let startedAt = clock.now()
            let worker: WorkerProcess
            do {
                worker = try process ?? start()
            } catch {
                failures += 1
                noteFailure("a worker could not be started", "\(error)")
                await rest(failures, order)
                continue
            }
            process = nil
            let stops = occupy(order.place, with: worker)
            registry.note(worker)
            let status = await end(of: worker, stops)
            if Task.isCancelled {
                // There is no time to wait: it is asked to drain, and its note lets the next driver find it.
                worker.signal(.drain)
                break
            }
            registry.forget(worker)
            leave(order.place)
            guard isWanted(order.place) else { break }
            let isFailure = status != 0
            failures = isFailure && clock.now() - startedAt < settings.settleTime ? failures + 1 : 0
            if failures > 0 { noteFailure("a worker ended soon after its start", "exit code \(status)") }
            logger.notice("a worker ended by itself", metadata: ["tocsin.exit": "\(status)"])
            await rest(failures, order)
        }
        state.withLock { _ = $0.places.removeValue(forKey: order.place) }
    }

    /// Notes a worker in a place; what comes back tells when the place is given up, or that it has been.
    private func occupy(_ place: Int, with worker: WorkerProcess) -> AsyncStream<Void> {
        let (stops, stop) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
        state.withLock { state in
            state.places[place]?.process = worker
            state.places[place]?.stop = stop
            if state.places[place]?.isWanted != true { stop.yield() }
        }
        return stops
    }

    private func leave(_ place: Int) {
        state.withLock { state in
            state.places[place]?.process = nil
            state.places[place]?.stop = nil
        }
    }

    private func start() throws -> WorkerProcess {
        let worker = try WorkerProcess.start(settings.executable, settings.arguments)
        logger.info("a worker is started", metadata: ["tocsin.pid": "\(worker.id)"])
        return worker
    }

    /// Waits for a worker's end; when its place is given up it is asked to drain, and is killed only if it takes too long.
    private func end(of worker: WorkerProcess, _ stops: AsyncStream<Void>) async -> Int32 {
        await withTaskGroup(of: Int32?.self) { group in
            group.addTask { await worker.waitForEnd(self.clock) }
            group.addTask {
                for await _ in stops { break }
                guard !Task.isCancelled else { return nil }
                worker.signal(.drain)
                try? await self.clock.sleep(for: self.settings.drainTimeout)
                guard !Task.isCancelled else { return nil }
                self.logger.warning(
                    "a worker did not drain in time and is killed", metadata: ["tocsin.pid": "\(worker.id)"])
                worker.signal(.kill)
                return nil
            }
            while let ended = await group.next() {
                guard let ended else { continue }
                group.cancelAll()
                return ended
            }
            return -1
        }
    }

    private func noteFailure(_ message: Logger.Message, _ why: String) {
        let now = clock.now()
        state.withLock { state in
            state.failures.append(now)
            if state.failures.count > 1000 { state.failures.removeFirst() }
        }
        logger.error(message, metadata: [LogKey.error: "\(why)"])
    }

    /// Waits before the next start, unless the place is given up meanwhile.
    private func rest(_ failures: Int, _ order: Order) async {
        var generator = SystemRandomNumberGenerator()
        let pause =
            failures > 0 ? settings.backoff.delay(afterFailures: failures, using: &generator) : settings.pause
        let end = clock.now() + pause
        while isWanted(order.place), clock.now() < end, !Task.isCancelled {
            try? await clock.sleep(for: min(.milliseconds(100), end - clock.now()))
        }
    }
}
