public import Logging
public import ServiceLifecycle
public import TocsinCore
import TocsinSealing
public import TocsinStreams

/// Puts what was recorded into the logs' trees, and signs their heads.
///
/// Every node runs one, and one has charge at a time; the number under which it has is checked with every write, so that one
/// that was taken for dead can fork no log.
public struct AuditSequencer: Service {
    private static let lease = Duration.seconds(10)
    private static let pause = Duration.seconds(1)
    private static let pruneEvery = Duration.seconds(60)
    private static let batch = 2048
    private static let warnEvery = Duration.seconds(3600)
    private static let mostLogs = 4096

    private let streams: TenantStreams
    private let id: String
    private let logs: @Sendable () -> [TenantID]
    private let retention: @Sendable () -> AuditRetention
    private let clock: any WallClock
    private let logger: Logger

    /// A sequencer.
    ///
    /// - Parameters:
    ///   - id: This process; no other has or had the name.
    ///   - logs: All logs, to be looked through for entries that are too old.
    ///   - retention: How much is kept in Redis.
    public init(
        streams: TenantStreams, id: String, logs: @escaping @Sendable () -> [TenantID],
        retention: @escaping @Sendable () -> AuditRetention, clock: any WallClock, logger: Logger
    ) {
        self.streams = streams
        self.id = id
        self.logs = logs
        self.retention = retention
        self.clock = clock
        self.logger = logger
    }

    /// Works until the service is shut down.
    public func run() async throws {
        await cancelWhenGracefulShutdown { await work() }
        // What is cancelled cannot say so itself.
        await Task { try? await streams.leaveAudit(id) }.value
    }

    private func work() async {
        var edges: [TenantID: TreeEdge] = [:]
        var pruned = clock.now()
        var warned: Timestamp?
        while !Task.isCancelled {
            guard streams.isConnected, streams.isApproved else {
                try? await clock.sleep(for: .milliseconds(100))
                continue
            }
            do {
                let charge = try await streams.leadAudit(id, for: Self.lease)
                if charge.isOwn, try await serveAll(&edges, fence: charge.fence) {
                    if clock.now() - pruned > Self.pruneEvery {
                        pruned = clock.now()
                        try await prune(fence: charge.fence, &warned)
                    }
                } else {
                    edges = [:]
                }
            } catch is CancellationError {
                return
            } catch {
                edges = [:]
                logger.warning("the audit logs wait", metadata: [LogKey.error: "\(error)"])
            }
            try? await clock.sleep(for: Self.pause)
        }
    }

    /// Puts everything that waits into the trees, and keeps the charge meanwhile, however many logs there are.
    ///
    /// - Returns: Whether the charge is still this node's.
    private func serveAll(_ edges: inout [TenantID: TreeEdge], fence: Int64) async throws -> Bool {
        var kept = clock.now()
        for log in try await streams.auditLogsToServe() {
            if clock.now() - kept > Self.lease / 3 {
                let charge = try await streams.leadAudit(id, for: Self.lease)
                guard charge.isOwn, charge.fence == fence else { return false }
                kept = clock.now()
            }
            try await serve(log, &edges, fence: fence)
        }
        return true
    }

    /// Puts everything that waits into a log's tree; a log that cannot be served is no reason to leave the others.
    private func serve(_ log: TenantID, _ edges: inout [TenantID: TreeEdge], fence: Int64) async throws {
        do {
            if edges.count > Self.mostLogs { edges = [:] }
            var edge: TreeEdge
            if let known = edges[log] { edge = known } else { edge = try await self.edge(of: log) }
            while !Task.isCancelled, try await step(log, &edge, fence: fence) {}
            edges[log] = edge
        } catch let error as any CodedError where error is AuditError || error is SealingError {
            edges[log] = nil
            logger.warning(
                "an audit log waits", metadata: [LogKey.tenant: "\(AuditLog.name(of: log))", LogKey.error: "\(error)"])
        }
    }

    private func edge(of log: TenantID) async throws -> TreeEdge {
        let size = try await streams.auditHead(of: log)?.size ?? 0
        return try await TreeEdge(size: size, tiles: RedisTiles(streams: streams, log: log))
    }

    /// Puts some entries into a log's tree.
    ///
    /// - Returns: Whether there may be more.
    private func step(_ log: TenantID, _ edge: inout TreeEdge, fence: Int64) async throws -> Bool {
        let entries = try await streams.auditQueue(of: log, most: Self.batch)
        let (before, now) = (edge.size, clock.now())
        let name = AuditLog.name(of: log)
        let tiles = edge.add(
            entries.map { queued in
                let entry = AuditEntry(buried: queued, log: name, node: id)?.bytes ?? queued
                return entry.count <= EntryBundle.mostBytes ? entry : []
            })
        let signers = try await LogSigners.load(of: log, streams: streams, now: now)
        let head = Checkpoint(
            origin: AuditLog.origin(of: log, deployment: streams.rootKeyID), size: edge.size, root: edge.root)
        let commit = AuditCommit(
            before: before, after: edge.size, taken: entries,
            note: try SignedNote(head.text, signers: signers.active(at: now), now: now).bytes,
            tiles: tiles.map {
                .init(level: $0.tile.level, index: $0.tile.index, offset: $0.offset, bytes: $0.bytes)
            })
        guard try await streams.commitAudit(commit, to: log, fence: fence) else {
            throw AuditError(
                code: "audit_tree_changed",
                message: "another node has charge of the audit logs, or a failover of Redis has lost the log's newest "
                    + "entries; the tree is read again")
        }
        return entries.count == Self.batch
    }

    /// Forgets entries that are too old or too many, once they are in the archive where there is one.
    private func prune(fence: Int64, _ warned: inout Timestamp?) async throws {
        let retention = retention()
        for log in logs() {
            guard let head = try await streams.auditHead(of: log), head.size >= TileName.width else { continue }
            guard let end = await archived(log, head, retention) else { continue }
            var next = head.first
            while next + TileName.width <= end {
                let isTooMany = retention.mostEntries > 0 && head.size - next > retention.mostEntries
                let isOld = try await isOld(next / TileName.width, of: log, retention.age)
                guard isTooMany || isOld else { break }
                if !isOld, retention.archive == nil { warn(log, &warned) }
                next += TileName.width
            }
            guard next > head.first else { continue }
            _ = try await streams.pruneAudit(from: head.first, to: next, of: log, fence: fence)
        }
    }

    /// Says that entries go before their time, which nobody would see otherwise.
    private func warn(_ log: TenantID, _ warned: inout Timestamp?) {
        let now = clock.now()
        guard warned.map({ now - $0 > Self.warnEvery }) ?? true else { return }
        warned = now
        logger.warning(
            "audit entries are forgotten before audit.keep, because there are more than audit.most_entries: name audit.archive",
            metadata: [LogKey.tenant: "\(AuditLog.name(of: log))"])
    }

    /// Up to which entry a log may be forgotten; `nil` if it cannot be copied to the archive.
    private func archived(_ log: TenantID, _ head: AuditHead, _ retention: AuditRetention) async -> UInt64? {
        guard let archive = retention.archive else { return head.size }
        do {
            let copy = DirectoryTiles(archive + "/" + AuditLog.name(of: log))
            return try await copy.copy(RedisTiles(streams: streams, log: log), first: head.first)
        } catch {
            logger.error(
                "an audit log cannot be copied to its archive, and is kept in Redis",
                metadata: [LogKey.tenant: "\(AuditLog.name(of: log))", LogKey.error: "\(error)"])
            return nil
        }
    }

    private func isOld(_ tile: UInt64, of log: TenantID, _ age: Duration) async throws -> Bool {
        guard age > .zero else { return false }
        let entries = try await RedisTiles(streams: streams, log: log).entries(TileName(level: nil, index: tile))
        guard let last = entries.last, let entry = try? AuditEntry(last) else { return false }
        return clock.now() - entry.time > age
    }
}
