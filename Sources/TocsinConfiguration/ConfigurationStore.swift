import Synchronization

/// The configuration in use, and word of every new one.
public final class ConfigurationStore: Sendable {
    private struct State {
        var current: TocsinConfiguration
        var listeners: [AsyncStream<TocsinConfiguration>.Continuation] = []
    }

    private let state: Mutex<State>

    /// Starts with a configuration.
    public init(_ configuration: TocsinConfiguration) { state = Mutex(State(current: configuration)) }

    /// The configuration in use.
    public var current: TocsinConfiguration { state.withLock { $0.current } }

    /// Every configuration that comes from now on; one that comes before the last was taken replaces it.
    public var changes: AsyncStream<TocsinConfiguration> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: TocsinConfiguration.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.listeners.append(continuation) }
        return stream
    }

    func update(_ configuration: TocsinConfiguration) {
        let listeners = state.withLock { state in
            state.current = configuration
            return state.listeners
        }
        for listener in listeners { listener.yield(configuration) }
    }
}
