import Hummingbird
import NIOCore

/// A request's body, read once and within bounds.
///
/// Each chunk must come within the connection's idle timeout, and all of them within ``deadline`` of the first wait, so a
/// sender that drips bytes can not hold a connection for ever. No timer is set: the time is looked at when a chunk comes.
struct BodyStream {
    /// How much of a body is thrown away to keep the connection of a refused request; beyond it, closing is cheaper.
    private static let discardLimit = 1 << 20
    /// How much memory a length that is only announced may reserve.
    private static let reserveLimit = 1 << 18

    private var iterator: RequestBody.AsyncIterator
    private let announced: Int?
    private let deadline: Duration
    private let start = ContinuousClock.now
    /// Whether the end has been seen, so that the connection can take the next request.
    private(set) var isAtEnd = false

    init(_ request: Request, deadline: Duration) {
        iterator = request.body.makeAsyncIterator()
        announced = request.headers[.contentLength].flatMap(Int.init)
        self.deadline = deadline
    }

    /// The whole body as one array, copied once.
    ///
    /// - Throws: ``IngestRefusal``, or what the connection fails with.
    mutating func collect(limit: Int, budget: inout BudgetShare) async throws -> [UInt8] {
        if let announced, announced > limit { throw IngestRefusal.bodyTooLarge(limit: limit) }
        var bytes: [UInt8] = []
        if let announced { bytes.reserveCapacity(min(announced, Self.reserveLimit)) }
        while let chunk = try await next() {
            guard bytes.count + chunk.readableBytes <= limit else { throw IngestRefusal.bodyTooLarge(limit: limit) }
            guard budget.grow(by: chunk.readableBytes) else { throw IngestRefusal.overloaded }
            chunk.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
        }
        // A connection that was closed half-way also ends the sequence.
        if let announced, announced != bytes.count { throw IngestRefusal.bodyIncomplete }
        return bytes
    }

    /// Throws away what is left, if that is soon done.
    ///
    /// The answer is whether the connection can go on.
    mutating func discard() async throws -> Bool {
        if isAtEnd { return true }
        if let announced, announced > Self.discardLimit { return false }
        var left = Self.discardLimit
        do {
            while let chunk = try await next() {
                left -= chunk.readableBytes
                if left < 0 { return false }
            }
        } catch is IngestRefusal {
            return false
        }
        return true
    }

    private mutating func next() async throws -> ByteBuffer? {
        guard !isAtEnd else { return nil }
        guard let chunk = try await iterator.next(isolation: #isolation) else {
            isAtEnd = true
            return nil
        }
        if ContinuousClock.now - start > deadline { throw IngestRefusal.bodyTimeout(deadline) }
        return chunk
    }
}

/// What one request holds of the budget.
struct BudgetShare: ~Copyable {
    private let budget: ByteBudget
    private var taken = 0

    init(_ budget: ByteBudget) { self.budget = budget }

    /// Takes more, or answers `false`.
    mutating func grow(by count: Int) -> Bool {
        guard budget.take(count) else { return false }
        taken += count
        return true
    }

    deinit { budget.give(back: taken) }
}
