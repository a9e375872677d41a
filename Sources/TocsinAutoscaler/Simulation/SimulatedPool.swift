import TocsinCore

/// A pool of workers and its queue, as a fluid: who waits longest is served first, and every worker is as good as another.
struct SimulatedPool {
    /// Deliveries that came together.
    private struct Cohort {
        var at: Double
        var count: Double
    }

    let concurrency: Int
    let startSeconds: Double
    private(set) var ready: Int
    private var starts: [Double] = []
    private var queue: [Cohort] = []
    private var first = 0
    /// Deliveries that wait.
    private(set) var waiting = 0.0
    /// Deliveries under way.
    private(set) var inFlight = 0.0
    /// How much of what the workers can do they did in the last step.
    private(set) var busy = 0.0
    private(set) var workerSeconds = 0.0
    /// Everything that was served: how long it waited, in seconds, and how much of it there was.
    private(set) var waits: [(seconds: Double, count: Double)] = []

    init(_ trace: LoadTrace, workers: Int) {
        concurrency = trace.concurrency
        startSeconds = trace.startSeconds
        ready = workers
    }

    /// How many workers there are, with those that start.
    var size: Int { ready + starts.count }

    /// How many start and cannot do anything yet.
    var starting: Int { starts.count }

    /// How long the first in the queue has waited.
    func oldestAge(at time: Double) -> Double { first < queue.count ? time - queue[first].at : 0 }

    mutating func resize(to size: Int, at time: Double) {
        while self.size < size { starts.append(time + startSeconds) }
        // A start that is called off costs nobody a delivery, and a worker that goes finishes what it has.
        while self.size > size, !starts.isEmpty { starts.removeLast() }
        if self.size > size { ready = size }
    }

    /// Serves for a while.
    ///
    /// - Returns: How many deliveries ended.
    mutating func advance(_ arrivals: Double, service: Double, at time: Double, for length: Double) -> Double {
        let begun = starts.count { $0 <= time + 1e-9 }
        starts.removeFirst(begun)
        ready += begun
        // One that starts is paid for too.
        workerSeconds += Double(size) * length
        if arrivals > 0 { queue.append(Cohort(at: time, count: arrivals)) }
        waiting += arrivals
        let most = Double(ready * concurrency) / service * length
        let served = min(most, waiting)
        serve(served, at: time)
        busy = most > 0 ? served / most : 0
        inFlight = served / length * service
        return served
    }

    private mutating func serve(_ count: Double, at time: Double) {
        var rest = count
        while rest > 1e-9, first < queue.count {
            let part = min(rest, queue[first].count)
            waits.append((time - queue[first].at, part))
            queue[first].count -= part
            rest -= part
            waiting -= part
            if queue[first].count <= 1e-9 { first += 1 }
        }
        if first > 4096 {
            queue.removeFirst(first)
            first = 0
        }
        waiting = first < queue.count ? max(0, waiting) : 0
    }

    /// Counts what still waits at the end with the time that it has waited.
    mutating func close(at time: Double) {
        for cohort in queue[first...] { waits.append((time - cohort.at, cohort.count)) }
    }
}
