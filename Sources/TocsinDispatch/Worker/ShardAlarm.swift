import NIOCore
import Synchronization
import TocsinCore

/// Raises a shard's signal when the shard is next due.
///
/// One timer per shard; an earlier time replaces a later one.
final class ShardAlarm: Sendable {
    private struct Timer {
        var due: NIODeadline
        var task: Scheduled<Void>
    }

    private let loop: any EventLoop
    private let signals: ShardSignals
    private let timers: Mutex<[Int: Timer]>

    init(loop: any EventLoop, signals: ShardSignals) {
        self.loop = loop
        self.signals = signals
        timers = Mutex([:])
    }

    func set(_ shard: Int, in wait: Duration?) {
        guard let wait else { return }
        // One millisecond late rather than early: Redis counts whole milliseconds.
        let due = NIODeadline.now() + .milliseconds(min(wait.milliseconds, 86_400_000) + 1)
        timers.withLock { timers in
            if let known = timers[shard], known.due <= due, known.due > .now() { return }
            timers[shard]?.task.cancel()
            let signals = signals
            timers[shard] = Timer(due: due, task: loop.scheduleTask(deadline: due) { signals.raise(shard) })
        }
    }

    func cancelAll() {
        timers.withLock { timers in
            for timer in timers.values { timer.task.cancel() }
            timers = [:]
        }
    }
}
