import TocsinCore
import TocsinRedis

extension TenantStreams {
    /// What a worker says of itself; the words that the function `beat` knows.
    private enum Saying: String {
        case beat
        case reset
        case leave
    }

    private struct BeatAnswer {
        var handedBack = 0
        var left = 0
    }

    /// Says in every shard that this worker lives, and hands back what dead workers held.
    ///
    /// - Returns: How many notifications were handed back.
    public func beat(_ worker: WorkerID, deadAfter: Duration) async throws -> Int {
        try await say(.beat, worker, deadAfter: deadAfter).handedBack
    }

    /// Hands back what is noted as this worker's but is not in its hands: claims and settlements whose answers were lost.
    ///
    /// - Parameter held: The notifications that are in the worker's hands; it claims none meanwhile.
    public func handBack(
        _ worker: WorkerID, deadAfter: Duration, keeping held: Set<ClaimedDelivery.Reference>
    ) async throws {
        try await repeatUntilDone { try await self.say(.reset, worker, deadAfter: deadAfter, held: held) }
    }

    /// Hands back everything that this worker holds, without counting it as a crash, and forgets the worker.
    ///
    /// Alerts that a turn had read stay noted as its until the tenant's next turn, which takes them over.
    public func leave(_ worker: WorkerID) async throws {
        try await repeatUntilDone { try await self.say(.leave, worker, deadAfter: .zero) }
    }

    /// Each call brings home a bounded part; the end is reached when a call changes nothing any more.
    private func repeatUntilDone(_ call: () async throws -> BeatAnswer) async throws {
        var left = Int.max
        while true {
            let answer = try await call()
            guard answer.left > 0, answer.handedBack > 0 || answer.left < left else { return }
            left = answer.left
        }
    }

    private func say(
        _ saying: Saying, _ worker: WorkerID, deadAfter: Duration, held: Set<ClaimedDelivery.Reference> = []
    ) async throws -> BeatAnswer {
        let name = library.name(of: .beat)
        let commands = (0..<shards.count).map { shard in
            var command = RedisCommand(.fcall)
            command.append(name)
            command.append(1)
            command.append(ShardKeys(shard: shard).agenda)
            command.append(worker.text)
            command.append(deadAfter.milliseconds)
            command.append(saying.rawValue)
            for reference in held where reference.shard == shard { command.append(reference.text) }
            return command
        }
        var answer = BeatAnswer()
        var isLibraryMissing = false
        var failure: RedisError?
        for reply in try await redis.send(commands) {
            switch reply {
            case .success(let value):
                let counts = try value.requireArray()
                guard counts.count == 3 else { throw StreamsError.unexpectedAnswer("beat") }
                answer.handedBack += Int(try counts[0].requireInteger())
                answer.left += Int(try counts[2].requireInteger())
            case .failure(let error) where error.kind == .noFunction: isLibraryMissing = true
            // A cluster's other servers have answered all the same.
            case .failure(let error): failure = error
            }
        }
        if let failure { throw failure }
        if isLibraryMissing {
            try await loadFunctions()
            return try await say(saying, worker, deadAfter: deadAfter, held: held)
        }
        return answer
    }
}
