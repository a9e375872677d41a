import Dispatch

/// Runs tasks on threads of their own, which tests that compute for seconds do not take away.
///
/// The usual pool has as many threads as the machine has cores: two such tests hold it up, and a receiver that answers after
/// its sender's patience has caused what it was to count.
final class OwnThreads: TaskExecutor {
    static let shared = OwnThreads()
    private let queue = DispatchQueue(label: "tocsin.testing", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
