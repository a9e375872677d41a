public import Logging
public import TocsinCore
import TocsinSealing
public import TocsinStreams

/// Records what is done, in the log of a tenant or of the deployment.
///
/// An entry is durable, and in its log's order, when Redis has it; the tree over it follows within a second.
public struct AuditRecorder: Sendable {
    /// The most entries of a log that may wait for their tree: what must be recorded before it is done is refused then.
    static let mostWaiting = 100_000

    let streams: TenantStreams
    /// The process that records.
    let node: String
    let clock: any WallClock
    let subjects: AuditSubjects

    /// A recorder.
    public init(streams: TenantStreams, node: String, clock: any WallClock) {
        self.streams = streams
        self.node = node
        self.clock = clock
        subjects = AuditSubjects(streams: streams, clock: clock)
    }

    /// Records something.
    ///
    /// - Returns: The entry's id.
    /// - Throws: ``AuditError`` if too many entries wait; `RedisError`, `SealingError`.
    @discardableResult
    public func record(_ event: AuditEvent, in log: TenantID) async throws -> String {
        let (now, actor) = (clock.now(), event.actor)
        let id = AuditEntry.makeID(at: now)
        var personal: PersonalFields.Sealed?
        if let person = actor.subject {
            let subject = subjects.name(of: person, in: log)
            if let secret = try await subjects.key(of: subject, in: log, isNamed: actor.name != nil) {
                personal = try PersonalFields(name: actor.name, address: actor.address).seal(
                    subject: subject, secret: secret, entry: id)
            }
        }
        let entry = AuditEntry(
            id: id, time: now, log: AuditLog.name(of: log), node: node, event: event, personal: personal)
        guard try await streams.addToAudit([entry.bytes], of: log, most: Self.mostWaiting) else {
            throw AuditError(
                code: "audit_behind",
                message:
                    "\(Self.mostWaiting) entries wait for the audit log's tree, so that nothing more is done that must "
                    + "be recorded first: see that a node runs, and that it reaches Redis")
        }
        return id
    }

    /// Records something that goes on whether or not it can be recorded; that it could not is logged.
    public func note(_ event: AuditEvent, in log: TenantID, logger: Logger) async {
        do { try await record(event, in: log) } catch {
            logger.warning(
                "something is missing in the audit log",
                metadata: [LogKey.code: "\(event.action.rawValue)", LogKey.error: "\(error)"])
        }
    }

    /// An entry without anything personal, to be written together with what it tells of.
    public func entry(_ event: AuditEvent, in log: TenantID) -> [UInt8] {
        let now = clock.now()
        return AuditEntry(
            id: AuditEntry.makeID(at: now), time: now, log: AuditLog.name(of: log), node: node, event: event,
            personal: nil
        ).bytes
    }

    /// Does something that is recorded before it is done, and records how it ended.
    ///
    /// - Parameter effect: What is done; answers what is known only then.
    /// - Throws: What recording the beginning throws, and nothing is done then; what the effect throws.
    public func around<Result>(
        _ event: AuditEvent, in log: TenantID, _ effect: () async throws -> (result: Result, change: AuditChange)
    ) async throws -> Result {
        var event = event
        event.outcome = .begun
        let beginning = try await record(event, in: log)
        do {
            let (result, change) = try await effect()
            // It is done, whether or not that can be recorded: the beginning stands without an end then.
            _ = try? await record(event.ended(.done, beginning: beginning, change: change), in: log)
            return result
        } catch {
            let known = error as? any CodedError
            let isUnclear = known?.isUnclear ?? (error is CancellationError)
            let end = event.ended(
                isUnclear ? .unclear : .failed, beginning: beginning, reason: known?.code ?? "failed")
            _ = try? await record(end, in: log)
            throw error
        }
    }

    /// A keyed hash of an object, to be compared with others of the same log.
    public func hash(_ bytes: [UInt8], in log: TenantID) -> String {
        streams.indexKey(of: log).hashHex(label: "audit object", parts: [bytes])
    }
}
