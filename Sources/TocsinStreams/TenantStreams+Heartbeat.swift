import TocsinCore
import TocsinRedis

extension TenantStreams {
    /// Says in every shard that this worker lives, and hands back what dead workers held.
    ///
    /// - Returns: How many notifications were handed back.
    public func beat(_ worker: WorkerID, deadAfter: Duration) async throws -> Int {
        try await beat(worker, deadAfter: deadAfter, leaving: false)
    }

    /// Hands back everything that this worker holds, without counting it as a crash, and forgets the worker.
    public func leave(_ worker: WorkerID) async throws {
        // Each call brings home up to 64 streams of a shard; a worker that served more needs several.
        for _ in 0..<1000 where try await beat(worker, deadAfter: .zero, leaving: true) > 0 {}
    }

    private func beat(_ worker: WorkerID, deadAfter: Duration, leaving: Bool) async throws -> Int {
        let name = FunctionLibrary.current.name(of: .beat)
        let commands = (0..<shards.count).map { shard in
            var command = RedisCommand("FCALL")
            command.append(name)
            command.append(1)
            command.append(ShardKeys(shard: shard).agenda)
            command.append(worker.text)
            command.append(deadAfter.milliseconds)
            command.append(leaving ? "1" : "0")
            return command
        }
        var handedBack = 0
        var isLibraryMissing = false
        for reply in try await redis.send(commands) {
            switch reply {
            case .success(let value): handedBack += Int(try value.requireArray().first?.integer ?? 0)
            case .failure(let error) where error.kind == .noFunction: isLibraryMissing = true
            case .failure(let error): throw error
            }
        }
        if isLibraryMissing { try await loadFunctions() }
        return handedBack
    }
}
