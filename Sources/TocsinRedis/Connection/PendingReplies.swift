import DequeModule
import NIOCore

/// Callers that wait for replies, in the order in which their commands were sent.
///
/// A value without I/O: the channel handler owns it and resumes what it hands out.
struct PendingReplies {
    typealias Answer = Result<[Result<RedisReply, RedisError>], any Error>

    /// One caller, whose commands were sent together.
    struct Waiter {
        let id: UInt64
        var missing: Int
        var results: [Result<RedisReply, RedisError>] = []
        let deadline: NIODeadline
        /// `nil` once the caller is gone; the replies are still counted.
        var completion: ((Answer) -> Void)?
    }

    private var waiters: Deque<Waiter> = []
    /// How many commands wait for their replies.
    private(set) var commands = 0

    /// When the oldest waiter's time is up.
    var nextDeadline: NIODeadline? { waiters.first?.deadline }

    mutating func append(_ waiter: Waiter) {
        commands += waiter.missing
        waiters.append(waiter)
    }

    /// Takes a reply; answers the caller whose last one it was.
    ///
    /// - Throws: ``RedisError`` of kind `protocolViolation` if nobody waits for a reply.
    mutating func take(_ reply: RedisReply) throws(RedisError) -> (completion: (Answer) -> Void, answer: Answer)? {
        guard !waiters.isEmpty else {
            throw RedisError(.protocolViolation, "the server sent a reply that nobody asked for")
        }
        commands -= 1
        waiters[0].missing -= 1
        waiters[0].results.append(reply.error.map { .failure($0) } ?? .success(reply))
        guard waiters[0].missing == 0 else { return nil }
        let done = waiters.removeFirst()
        return done.completion.map { ($0, .success(done.results)) }
    }

    /// Lets a caller go; its replies will be dropped.
    mutating func cancel(_ id: UInt64) -> ((Answer) -> Void)? {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return nil }
        defer { waiters[index].completion = nil }
        return waiters[index].completion
    }

    /// Takes all callers out, because no reply will come.
    mutating func drain() -> [(Answer) -> Void] {
        defer {
            waiters = []
            commands = 0
        }
        return waiters.compactMap(\.completion)
    }
}
