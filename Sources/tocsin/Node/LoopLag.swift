import NIOCore
import ServiceLifecycle
import Synchronization

/// Measures how late the event loops come to what is due, by a small task that each of them does over and over.
final class LoopLag: Service {
    private static let interval = TimeAmount.milliseconds(250)

    private let group: any EventLoopGroup
    private let worst = Mutex(TimeAmount.zero)

    init(_ group: any EventLoopGroup) { self.group = group }

    /// The worst since the last time, in milliseconds.
    func take() -> Int {
        worst.withLock { worst in
            defer { worst = .zero }
            return Int(worst.nanoseconds / 1_000_000)
        }
    }

    func run() async throws {
        let tasks = group.makeIterator().map { loop in
            let due = Mutex(NIODeadline.now() + Self.interval)
            return loop.scheduleRepeatedTask(initialDelay: Self.interval, delay: Self.interval) { _ in
                let now = NIODeadline.now()
                let lag = due.withLock { due in
                    defer { due = now + Self.interval }
                    return now - due
                }
                self.worst.withLock { $0 = max($0, lag) }
            }
        }
        defer { for task in tasks { task.cancel() } }
        try? await gracefulShutdown()
    }
}
