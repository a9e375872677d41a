import Foundation
import Hummingbird
import TocsinAlerts
import TocsinAudit
import TocsinCore
import TocsinRouting
import TocsinStreams

/// Lists, shows, makes, changes and ends a tenant's silences.
struct SilencesEndpoint: Sendable {
    /// How often a change is tried again that another one came before.
    private static let attempts = 8

    let streams: TenantStreams
    let queue: QueueGuard
    let recorder: AuditRecorder
    let clock: any WallClock
    /// How long a silence that has ended is shown.
    let retention: Duration

    /// `GET /silences`.
    func list(_ door: TenantDoor, query: QueryParameters) async throws -> Response {
        let filter = try query.matchers("filter")
        var shown: Set<Silence.State> = []
        for state in Silence.State.allCases where try query.flag(state.rawValue, default: true) { shown.insert(state) }
        let now = clock.now()
        let silences = try await silences(of: door.tenant).set.silences
            .filter { $0.isListed(by: filter) && shown.contains($0.state(at: now)) && !isForgotten($0, now) }
            .sorted { Silence.listOrder($0, $1, at: now) }
        var writer = JSONWriter()
        writer.array { writer in
            for silence in silences { Self.write(silence, now: now, to: &writer) }
        }
        return Responses.json(status: 200, ByteBuffer(bytes: writer.bytes))
    }

    /// `GET /silence/{id}`.
    func show(_ id: String, door: TenantDoor) async throws -> Response {
        let id = try Self.checked(id)
        guard let silence = try await silences(of: door.tenant).set.silences.first(where: { $0.id == id }) else {
            return Response(status: .notFound, headers: [.contentLength: "0"])
        }
        var writer = JSONWriter()
        Self.write(silence, now: clock.now(), to: &writer)
        return Responses.json(status: 200, ByteBuffer(bytes: writer.bytes))
    }

    /// `POST /silences`.
    func post(_ body: [UInt8], by visitor: Visitor) async throws -> Response {
        let posted = try PostedSilence.read(body).silence(now: clock.now())
        let newID = UUID().uuidString.lowercased()
        let id = try await change(posted.id.isEmpty ? nil : posted.id, .silencePut, by: visitor) {
            silences, now throws(SilenceError) in
            let existing = silences.first { $0.id == posted.id }
            return try SilenceEdit.post(posted, existing: existing, newID: newID, now: now)
        }
        var writer = JSONWriter()
        writer.object { $0.member("silenceID", id) }
        return Responses.json(status: 200, ByteBuffer(bytes: writer.bytes))
    }

    /// `DELETE /silence/{id}`: ends it; it stays in the list as expired.
    func expire(_ id: String, by visitor: Visitor) async throws -> Response {
        let id = try Self.checked(id)
        _ = try await change(id, .silenceExpire, by: visitor) { silences, now throws(SilenceError) in
            guard let existing = silences.first(where: { $0.id == id }) else { throw .unknown }
            return ([try SilenceEdit.expire(existing, now: now)], id)
        }
        return Responses.accepted
    }

    /// Changes silences, which is recorded before it is done.
    ///
    /// - Parameter id: The one that is changed; `nil` for a new one.
    private func change(
        _ id: String?, _ action: AuditAction, by visitor: Visitor,
        _ rule: ([Silence], Timestamp) throws(SilenceError) -> (write: [Silence], id: String)
    ) async throws -> String {
        let log = visitor.door.tenant
        let event = AuditEvent(action, on: "silence/\(id ?? "new")", by: visitor.actor)
        do {
            return try await recorder.around(event, in: log) {
                let change = try await change(visitor.door, id, by: rule)
                let (before, after) = (change.before.map { hash($0, in: log) }, change.after.map { hash($0, in: log) })
                return (change.id, AuditChange(before: before, after: after, object: "silence/\(change.id)"))
            }
        } catch let error as any CodedError where !(error is IngestRefusal) {
            throw QueueGuard.refusal(error)
        }
    }

    private func hash(_ silence: Silence, in log: TenantID) -> String {
        var writer = RecordWriter()
        silence.write(to: &writer)
        return recorder.hash(writer.bytes, in: log)
    }

    /// Changes silences by a rule over those that there are, again if somebody else came first.
    private func change(
        _ door: TenantDoor, _ id: String?,
        by rule: ([Silence], Timestamp) throws(SilenceError) -> (write: [Silence], id: String)
    ) async throws -> (id: String, before: Silence?, after: Silence?) {
        for _ in 0..<Self.attempts {
            let now = clock.now()
            let stored = try await silences(of: door.tenant)
            let change: (write: [Silence], id: String)
            do throws(SilenceError) { change = try rule(stored.set.silences, now) } catch {
                throw APIv2Error.words(status: error.code == SilenceError.unknown.code ? 404 : 400, error.message)
            }
            let written = Set(change.write.map(\.id))
            let gone = stored.set.silences.filter { isForgotten($0, now) && !written.contains($0.id) }.map(\.id)
            let result = try await queue.ask {
                try await streams.changeSilences(
                    of: door.tenant, since: stored, write: change.write, forgetting: gone,
                    most: door.mostSilences)
            }
            switch result {
            case .changed:
                return (change.id, stored.set.silences.first { $0.id == id }, change.write.last)
            case .tooMany:
                throw APIv2Error.badRequest("exceeded maximum number of silences: \(door.mostSilences)")
            case .outdated: continue
            }
        }
        throw IngestRefusal.overloaded
    }

    private func silences(of tenant: TenantID) async throws(IngestRefusal) -> StoredSilences {
        try await queue.ask { try await streams.silences(of: tenant) }
    }

    private func isForgotten(_ silence: Silence, _ now: Timestamp) -> Bool {
        silence.endsAt + retention <= now
    }

    private static func checked(_ id: String) throws(APIv2Error) -> String {
        guard UUID(uuidString: id) != nil else {
            throw .notOfType("silenceID", in: "path", type: "uuid", value: id)
        }
        return id.lowercased()
    }

    private static func write(_ silence: Silence, now: Timestamp, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", silence.id)
            writer.name("status")
            writer.object { $0.member("state", silence.state(at: now).rawValue) }
            writer.member("updatedAt", silence.updatedAt.rfc3339Milliseconds)
            writer.member("annotations", silence.annotations)
            writer.member("comment", silence.comment)
            writer.member("createdBy", silence.createdBy)
            writer.member("endsAt", silence.endsAt.rfc3339Milliseconds)
            writer.name("matchers")
            writer.array { writer in
                for matcher in silence.matchers { write(matcher, to: &writer) }
            }
            writer.member("startsAt", silence.startsAt.rfc3339Milliseconds)
        }
    }

    private static func write(_ matcher: Matcher, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("isEqual", matcher.comparison == .equal || matcher.comparison == .fits)
            writer.member("isRegex", matcher.comparison == .fits || matcher.comparison == .fitsNot)
            writer.member("name", matcher.name)
            writer.member("value", matcher.value)
        }
    }
}
