import Hummingbird
import NIOCore
import TocsinAlerts
import TocsinCore
import TocsinRouting
import TocsinStreams

/// `GET /api/v2/alerts/groups`: a tenant's groups in the order of their labels, then of their receivers.
struct GroupListing: Sendable {
    /// How many groups' labels are read at once.
    private static let headersAtOnce = 1000
    /// How many groups are read and written at once.
    private static let groupsAtOnce = 32

    private struct Entry {
        let group: GroupID
        let labels: LabelSet
        let route: Route
        let receiver: String
    }

    let streams: TenantStreams
    let tenant: TenantID
    let tree: RoutingTree
    let muting: TimeMuting
    let standings: AlertStandings
    let filter: AlertFilter

    /// Writes the list.
    @concurrent
    func write(to body: inout some ResponseBodyWriter) async throws {
        let entries = try await entries()
        var isFirst = true
        try await body.write(ByteBuffer(string: "["))
        let parts = stride(from: 0, to: entries.count, by: Self.groupsAtOnce).map { start in
            Array(entries[start..<min(entries.count, start + Self.groupsAtOnce)])
        }
        try await PartsInOrder.work(on: parts) { part in
            try await json(of: part)
        } then: { groups in
            for bytes in groups {
                if !isFirst { try await body.write(ByteBuffer(string: ",")) }
                isFirst = false
                try await body.write(ByteBuffer(bytes: bytes))
            }
        }
        try await body.write(ByteBuffer(string: "]\n"))
    }

    private func entries() async throws -> [Entry] {
        let groups = try await streams.groups(of: tenant)
        var entries: [Entry] = []
        for start in stride(from: 0, to: groups.count, by: Self.headersAtOnce) {
            let part = groups[start..<min(groups.count, start + Self.headersAtOnce)]
            let requests = part.map { GroupRequest(id: $0, alerts: []) }
            for stored in try await streams.readGroups(requests, of: tenant).compactMap({ $0 }) {
                let identity = try GroupIdentity(record: stored.header)
                // A group whose route is gone waits for its alerts to move to another.
                guard let route = tree.route(id: identity.routeID) else { continue }
                if !filter.isMutedShown, muting.isMuted(route, at: standings.now) { continue }
                for receiver in route.receivers where filter.shows(receiver: receiver) {
                    entries.append(
                        Entry(group: stored.id, labels: identity.labels, route: route, receiver: receiver))
                }
            }
        }
        return entries.sorted { left, right in
            left.labels == right.labels ? left.receiver < right.receiver : left.labels.isListed(before: right.labels)
        }
    }

    /// Each group that is shown.
    @concurrent
    private func json(of entries: [Entry]) async throws -> [[UInt8]] {
        let read = try await streams.readAlerts(in: entries.map(\.group), of: tenant)
        var groups: [[UInt8]] = []
        for (entry, records) in zip(entries, read) {
            let bytes = try await json(of: entry, records: records.map(\.record))
            if !bytes.isEmpty { groups.append(bytes) }
        }
        return groups
    }

    private func json(of entry: Entry, records: [[UInt8]]) async throws -> [UInt8] {
        let alerts = try records.map { try Alert(record: $0) }
            .filter { filter.shows($0, receivers: [entry.receiver], at: standings.now) }
            .sorted { $0.isListed(before: $1) }
        let shown = zip(alerts, try await standings.standings(of: alerts)).filter { filter.shows($0.1) }
        guard !shown.isEmpty else { return [] }
        let mutedBy = muting.muting(entry.route, at: standings.now)
        var writer = JSONWriter()
        writer.object { writer in
            writer.name("alerts")
            writer.array { writer in
                for (alert, standing) in shown {
                    AlertJSON.write(
                        alert, receivers: tree.receivers(of: alert.labels), standing: standing, mutedBy: mutedBy,
                        to: &writer)
                }
            }
            writer.member("labels", entry.labels)
            writer.name("receiver")
            writer.object { $0.member("name", entry.receiver) }
            writer.member("routeLabels", LabelSet())
        }
        return writer.bytes
    }
}
