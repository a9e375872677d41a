public import Logging
public import ServiceLifecycle
import Synchronization
public import TocsinCore

/// Runs workers as containers of an engine with a Docker-compatible socket.
///
/// Nothing is remembered but in the containers' names and labels. One that is to go is renamed, gets SIGTERM, upon which a
/// worker drains, and is removed when it has ended, or when its time is over. One that has ended by itself is started again.
public final class ContainerDriver: StartCounting, Service {
    /// What it runs, and where.
    public struct Settings: Sendable {
        /// The path of the engine's socket.
        public var socket: String
        /// The pool's name, of lower-case letters, digits and underscores.
        public var pool: String
        /// What the containers are made from.
        public var template: ContainerTemplate
        /// How long a worker may take to drain after SIGTERM before it is killed.
        public var drainTimeout: Duration
        /// How long to wait before a container that ended is started again.
        public var pause: Duration = .seconds(5)

        /// Settings.
        public init(socket: String, pool: String, template: ContainerTemplate, drainTimeout: Duration) {
            self.socket = socket
            self.pool = pool
            self.template = template
            self.drainTimeout = drainTimeout
        }
    }

    private struct State {
        var failures: [Timestamp] = []
        /// When a container that has ended may be started again.
        var restarts: [String: Timestamp] = [:]
    }

    private let settings: Settings
    private let engine: ContainerEngine
    private let clock: any WallClock
    private let logger: Logger
    private let state = Mutex(State())

    /// A driver for the containers of a pool, whoever made them.
    public init(_ settings: Settings, clock: any WallClock, logger: Logger) {
        self.settings = settings
        self.clock = clock
        self.logger = logger
        engine = ContainerEngine(socket: settings.socket, clock: clock)
    }

    /// `container`.
    public var name: String { "container" }

    /// Keeps the connections until the service is shut down; the containers go on.
    public func run() async throws {
        try? await gracefulShutdown()
        try await shutdown()
    }

    /// Closes the connections; nothing can be asked afterwards.
    func shutdown() async throws { try await engine.shutdown() }

    /// How many containers did not start, or ended badly, within the last minute.
    public var failedStarts: Int {
        let now = clock.now()
        return state.withLock { state in
            state.failures.removeAll { now - $0 >= .seconds(60) }
            return state.failures.count
        }
    }

    /// How many containers there are and run; on the way those that have ended are started again or removed.
    public func observe() async throws(DriverError) -> PoolSize {
        let pool = try await pool()
        for (container, deadline) in pool.leaving where !container.isRunning || clock.now() >= deadline {
            if container.isRunning {
                logger.warning("a worker did not drain in time and is killed", metadata: Self.name(container))
            }
            try await engine.remove(container.id, byForce: container.isRunning)
        }
        for (_, container) in pool.places where !container.isRunning { try await revive(container) }
        forgetAllBut(pool)
        return PoolSize(desired: pool.places.count, running: pool.places.count { $0.container.isRunning })
    }

    /// Makes and starts containers, or sends some away.
    public func scale(to size: Int, leaving: [String]) async throws(DriverError) {
        let pool = try await pool()
        let missing = size - pool.places.count
        if missing > 0 {
            for name in pool.freeNames(missing) { try await add(name) }
        } else if missing < 0 {
            let deadline = clock.now() + settings.drainTimeout
            for (number, container) in pool.chooseLeavers(-missing, nodes: leaving) {
                try await engine.rename(container.id, to: pool.leavingName(number, deadline: deadline))
                try await engine.signal(container.id, "SIGTERM")
                logger.info("a worker is asked to drain", metadata: Self.name(container))
            }
        }
    }

    private func pool() async throws(DriverError) -> ContainerPool {
        ContainerPool(settings.pool, try await engine.list(pool: settings.pool))
    }

    private func add(_ name: String) async throws(DriverError) {
        guard let id = try await engine.create(name, pool: settings.pool, settings.template) else { return }
        try await start(id, name)
    }

    private func start(_ id: String, _ name: String) async throws(DriverError) {
        do throws(DriverError) {
            try await engine.start(id)
            logger.info("a worker is started", metadata: ["tocsin.container": "\(name)"])
        } catch {
            noteFailure()
            throw error
        }
    }

    /// Starts a container that has ended, after a pause.
    private func revive(_ container: ContainerEngine.Container) async throws(DriverError) {
        let now = clock.now()
        let due = state.withLock { $0.restarts[container.id] }
        guard let due else {
            let code = try await engine.exitCode(container.id) ?? 0
            if code != 0 { noteFailure() }
            logger.notice(
                "a worker ended by itself",
                metadata: ["tocsin.container": "\(container.name)", "tocsin.exit": "\(code)"])
            state.withLock { $0.restarts[container.id] = now + settings.pause }
            return
        }
        guard now >= due else { return }
        state.withLock { $0.restarts[container.id] = nil }
        try await start(container.id, container.name)
    }

    private func forgetAllBut(_ pool: ContainerPool) {
        let ids = Set(pool.places.map(\.container.id))
        state.withLock { state in state.restarts = state.restarts.filter { ids.contains($0.key) } }
    }

    private func noteFailure() {
        let now = clock.now()
        state.withLock { state in
            state.failures.append(now)
            if state.failures.count > 1000 { state.failures.removeFirst() }
        }
    }

    private static func name(_ container: ContainerEngine.Container) -> Logger.Metadata {
        ["tocsin.container": "\(container.name)"]
    }
}
