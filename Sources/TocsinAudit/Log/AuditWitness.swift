public import Logging
public import ServiceLifecycle
public import TocsinCore
public import TocsinStreams

/// Watches the audit logs from another node: sees that each grows and never changes, and signs what it has seen.
///
/// A log that shrinks, or whose past has become another, is signed no more and told of loudly.
public struct AuditWitness: Service {
    private static let pause = Duration.seconds(10)
    /// How often the same trouble is told of: it lasts until somebody has dealt with it.
    private static let tellEvery = Duration.seconds(3600)

    /// What goes on from round to round.
    private struct State {
        var memory: WitnessMemory
        /// The signed heads that Redis does not have yet.
        var unsent: [TenantID: [UInt8]] = [:]
        /// When each trouble of a log was told of last.
        var told: [String: Timestamp] = [:]
    }

    private let streams: TenantStreams
    private let name: String
    private let file: String
    private let logs: @Sendable () -> [TenantID]
    private let clock: any WallClock
    private let logger: Logger
    private let onTrouble: @Sendable () -> Void

    /// A witness.
    ///
    /// - Parameters:
    ///   - name: Under which it signs; unique in the deployment.
    ///   - file: Where it keeps its key and what it has seen; not on the disk of Redis.
    ///   - logs: The logs to watch.
    ///   - onTrouble: Is called for each log that is not what it was.
    public init(
        streams: TenantStreams, name: String, file: String, logs: @escaping @Sendable () -> [TenantID],
        clock: any WallClock, logger: Logger, onTrouble: @escaping @Sendable () -> Void = {}
    ) {
        self.streams = streams
        self.name = name
        self.file = file
        self.logs = logs
        self.clock = clock
        self.logger = logger
        self.onTrouble = onTrouble
    }

    /// Watches until the service is shut down.
    ///
    /// - Throws: ``AuditError`` if what it has seen cannot be read.
    public func run() async throws {
        let stored = try WitnessMemory.load(file)
        guard let seed = Hexadecimal.decode(stored.seed),
            let key = SignerKey(name: name, kind: .cosignature, seed: seed)
        else { return }
        logger.info("audit logs are witnessed", metadata: ["tocsin.witness": "\(key.verifier)"])
        await cancelWhenGracefulShutdown {
            var state = State(memory: stored)
            while !Task.isCancelled {
                await round(&state, key)
                try? await clock.sleep(for: Self.pause)
            }
        }
    }

    /// Looks at every log once, and signs those that have grown.
    private func round(_ state: inout State, _ key: SignerKey) async {
        var next = state.memory
        var signed: [TenantID: [UInt8]] = [:]
        for log in logs() where !Task.isCancelled {
            let origin = AuditLog.origin(of: log, deployment: streams.rootKeyID)
            guard let news = await look(at: log, origin, &state, key) else { continue }
            next.logs[origin] = news.seen
            signed[log] = news.note
        }
        do {
            // Remembered before it is signed: what a witness has signed it must never forget. Once for all logs, because the
            // file is written as a whole.
            if !signed.isEmpty { try next.save(file) }
            state.memory = next
            state.unsent.merge(signed) { $1 }
            for (log, note) in state.unsent {
                try await streams.cosignAudit(note, by: name, of: log)
                state.unsent[log] = nil
            }
        } catch {
            logger.error("audit logs are not signed by this witness", metadata: [LogKey.error: "\(error)"])
        }
    }

    private func look(
        at log: TenantID, _ origin: String, _ state: inout State, _ key: SignerKey
    ) async -> (seen: WitnessMemory.Seen, note: [UInt8])? {
        do {
            return try await watch(log, origin, state.memory.logs[origin], key)
        } catch let error as AuditError {
            onTrouble()
            let (trouble, now) = ("\(origin) \(error.code)", clock.now())
            if let last = state.told[trouble], now - last < Self.tellEvery { return nil }
            state.told[trouble] = now
            logger.critical(
                "an audit log is not what it was",
                metadata: [
                    LogKey.tenant: "\(AuditLog.name(of: log))", LogKey.code: "\(error.code)", LogKey.error: "\(error)",
                ])
        } catch {
            logger.debug("an audit log could not be looked at", metadata: [LogKey.error: "\(error)"])
        }
        return nil
    }

    /// Compares a log with what was seen of it, and signs its head.
    ///
    /// - Returns: What is seen now, and the signed head; `nil` if nothing is new.
    private func watch(
        _ log: TenantID, _ origin: String, _ seen: WitnessMemory.Seen?, _ key: SignerKey
    ) async throws -> (seen: WitnessMemory.Seen, note: [UInt8])? {
        let tiles = RedisTiles(streams: streams, log: log)
        guard let bytes = try await tiles.checkpoint() else {
            guard let seen else { return nil }
            throw AuditError.rolledBack(from: seen.size, to: 0)
        }
        var note = try SignedNote(bytes)
        let head = try Checkpoint(text: note.text)
        if let seen, seen.size == head.size, seen.root == Hexadecimal.encode(head.root.bytes) { return nil }
        // The first sight is believed, and each key that a known one signs beside.
        let trusted: [VerifierKey]
        if let seen {
            trusted = try seen.keys.map { try VerifierKey($0) }
        } else {
            trusted = try await current(log)
        }
        guard head.origin == origin, try !note.signers(among: trusted).isEmpty else { throw AuditError.noSignature }
        if let seen, let root = Hexadecimal.decode(seen.root).flatMap({ TreeHash($0) }) {
            guard seen.size <= head.size else { throw AuditError.rolledBack(from: seen.size, to: head.size) }
            let first = try await streams.auditHead(of: log)?.first ?? 0
            guard seen.size >= first else { throw AuditError.witnessBehind(origin, seen.size, first: first, file) }
            var tree = TileTree(size: head.size, tiles: tiles)
            let proof = try await tree.consistencyProof(from: seen.size)
            guard TreeProof.extends((seen.size, root), to: (head.size, head.root), proof: proof) else {
                throw AuditError.forked(at: seen.size, witness: name)
            }
        }
        try note.add(key, now: clock.now())
        let keys = try note.signers(among: try await current(log))
        let new = WitnessMemory.Seen(
            keys: keys.map(\.description), size: head.size, root: Hexadecimal.encode(head.root.bytes))
        return (new, note.bytes)
    }

    private func current(_ log: TenantID) async throws -> [VerifierKey] {
        try await LogSigners.load(of: log, streams: streams, now: clock.now()).all.map(\.key.verifier)
    }
}
