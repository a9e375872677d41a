import TocsinCore
import TocsinRedis
import TocsinSealing

/// One of the limits that a request has to keep to, as all workers count it.
public struct SharedPace: Sendable, Hashable {
    /// What is limited; may hold a secret, and only a keyed hash of it leaves the process.
    public let subject: String
    /// Requests per second, in the long run; more than 0.
    public let perSecond: Double
    /// Requests at once; at least 1.
    public let burst: Int

    /// Makes one.
    public init(subject: String, perSecond: Double, burst: Int) {
        self.subject = subject
        self.perSecond = perSecond
        self.burst = burst
    }
}

/// Whether a request may go.
public enum PaceAnswer: Sendable, Hashable {
    /// It may, after this long; its place is kept.
    case go(after: Duration)
    /// Ask again in this long; nothing is kept.
    case wait(Duration)
}

extension TenantStreams {
    /// Asks for leave to send one request.
    ///
    /// - Parameters:
    ///   - paces: All of them must allow it.
    ///   - vendor: A vendor that takes only so many refusals, and at how many it is to be left alone.
    ///   - longestWait: A longer wait is no place in the line.
    /// - Throws: ``RedisError``.
    public func pace(
        _ paces: [SharedPace], vendor: (name: String, refusals: Int)? = nil, longestWait: Duration
    ) async throws -> PaceAnswer {
        let reply = try await call(.pace, on: ShardKeys.pace) { command in
            command.append(vendor?.name ?? "")
            command.append(vendor?.refusals ?? 0)
            command.append(longestWait.milliseconds)
            for pace in paces {
                command.append(sealers.rootKey.fleetIndexKey.hashHex(label: "pace", parts: [pace.subject]))
                command.append(String(max(pace.perSecond, 0.000_001)))
                command.append(max(1, pace.burst))
            }
        }
        let answer = try reply.requireArray()
        guard answer.count == 2, let text = answer[0].string, let milliseconds = Int64(text) else {
            throw StreamsError.unexpectedAnswer("pace")
        }
        let wait = Duration.milliseconds(milliseconds)
        return try answer[1].requireInteger() == 1 ? .go(after: wait) : .wait(wait)
    }

    /// Counts an answer of refusal from a vendor that takes only so many of them.
    ///
    /// - Returns: How many there were in this window.
    /// - Throws: ``RedisError``.
    public func countRefusal(by vendor: String, window: Duration) async throws -> Int {
        let reply = try await call(.refusal, on: ShardKeys.pace) { command in
            command.append(vendor)
            command.append(window.milliseconds)
        }
        return Int(try reply.requireInteger())
    }
}
