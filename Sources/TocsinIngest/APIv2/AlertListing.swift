import Hummingbird
import NIOCore
import Synchronization
import TocsinAlerts
import TocsinCore
import TocsinRouting
import TocsinStreams

/// `GET /api/v2/alerts`: a tenant's alerts in the order of their fingerprints.
///
/// Two passes over what is kept: the first notes of each alert that is shown where it is and its fingerprint, some 40 bytes;
/// the second reads them in order, some hundreds at a time, and writes them as it goes. So memory does not grow with the
/// alerts' sizes. Records stay from the first pass to the second while all lists together hold less than a fixed number of
/// bytes of them, because reading and opening them costs more than anything else.
struct AlertListing: Sendable {
    /// How many groups are read at once in the first pass.
    private static let groupsAtOnce = 128
    /// How many alerts are read and written at once in the second.
    private static let alertsAtOnce = 1024

    /// Where an alert is.
    private struct Place {
        let fingerprint: UInt64
        let key: AlertKey
        let group: Int
        /// The alert's record, if there was room to keep it.
        let record: [UInt8]?
    }

    let streams: TenantStreams
    let tenant: TenantID
    let tree: RoutingTree
    let standings: AlertStandings
    let filter: AlertFilter
    /// The bytes of records that all lists may keep between their passes.
    let room: ByteBudget

    /// Writes the list.
    @concurrent
    func write(to body: inout some ResponseBodyWriter) async throws {
        let groups = try await streams.groups(of: tenant)
        let share = RoomShare(room)
        defer { withExtendedLifetime(share) {} }
        let places = try await places(in: groups, keeping: share)
        try await body.write(ByteBuffer(string: "["))
        try await write(places[...], in: groups, to: &body)
        try await body.write(ByteBuffer(string: "]\n"))
    }

    /// Writes a page of the list: `{"alerts":[...],"next":"<fingerprint>"}`, without `next` if it is the last.
    ///
    /// A page has fewer alerts than it might if some are left out for what mutes them.
    @concurrent
    func write(_ page: AlertPage, to body: inout some ResponseBodyWriter) async throws {
        let groups = try await streams.groups(of: tenant)
        let all = try await places(in: groups, keeping: nil).drop { place in
            page.after.map { place.fingerprint <= $0 } ?? false
        }
        let places = all.prefix(page.limit)
        try await body.write(ByteBuffer(string: #"{"alerts":["#))
        try await write(places, in: groups, to: &body)
        let next = all.count > places.count ? places.last.map { Hexadecimal.encode($0.fingerprint) } : nil
        try await body.write(ByteBuffer(string: next.map { #"],"next":"\#($0)"}"# + "\n" } ?? "]}\n"))
    }

    @concurrent
    private func write(
        _ places: ArraySlice<Place>, in groups: [GroupID], to body: inout some ResponseBodyWriter
    ) async throws {
        let parts = stride(from: places.startIndex, to: places.endIndex, by: Self.alertsAtOnce).map { start in
            places[start..<min(places.endIndex, start + Self.alertsAtOnce)]
        }
        var isFirst = true
        try await PartsInOrder.work(on: parts) { part in
            try await json(of: part, in: groups)
        } then: { bytes in
            guard !bytes.isEmpty else { return }
            if !isFirst { try await body.write(ByteBuffer(string: ",")) }
            isFirst = false
            try await body.write(ByteBuffer(bytes: bytes))
        }
    }

    @concurrent
    private func places(in groups: [GroupID], keeping share: RoomShare?) async throws -> [Place] {
        var places: [Place] = []
        let parts = stride(from: 0, to: groups.count, by: Self.groupsAtOnce).map { start in
            start..<min(groups.count, start + Self.groupsAtOnce)
        }
        try await PartsInOrder.work(on: parts) { part in
            try await self.places(of: part, in: groups, keeping: share)
        } then: { found in
            places += found
        }
        places.sort { $0.fingerprint < $1.fingerprint }
        // An alert that several routes take is in several groups.
        var last: UInt64?
        return places.filter { place in
            defer { last = place.fingerprint }
            return place.fingerprint != last
        }
    }

    @concurrent
    private func places(
        of part: Range<Int>, in groups: [GroupID], keeping share: RoomShare?
    ) async throws -> [Place] {
        var places: [Place] = []
        for (offset, alerts) in try await streams.readAlerts(in: Array(groups[part]), of: tenant).enumerated() {
            for (key, record) in alerts {
                guard let fingerprint = try fingerprint(of: record) else { continue }
                let isKept = share?.take(record.count) ?? false
                places.append(
                    Place(
                        fingerprint: fingerprint, key: key, group: part.lowerBound + offset,
                        record: isKept ? record : nil))
            }
        }
        return places
    }

    /// The fingerprint of an alert that is shown.
    private func fingerprint(of record: [UInt8]) throws -> UInt64? {
        guard !filter.isForAll else {
            let (fingerprint, endsAt) = try Alert.glance(at: record)
            return endsAt.isUnset || endsAt > standings.now ? fingerprint : nil
        }
        let alert = try Alert(record: record)
        return filter.shows(alert, receivers: tree.receivers(of: alert.labels), at: standings.now)
            ? alert.fingerprint : nil
    }

    /// The alerts that are shown, with commas between them.
    @concurrent
    private func json(of places: ArraySlice<Place>, in groups: [GroupID]) async throws -> [UInt8] {
        let missing = places.filter { $0.record == nil }
        let read = try await streams.readAlerts(missing.map { (group: groups[$0.group], key: $0.key) }, of: tenant)
        var left = read[...]
        let alerts = try places.compactMap { place in
            try (place.record ?? left.popFirst() ?? nil).map { try Alert(record: $0) }
        }
        var writer = JSONWriter(capacity: alerts.count * 1024)
        for (alert, standing) in zip(alerts, try await standings.standings(of: alerts)) where filter.shows(standing) {
            AlertJSON.write(
                alert, receivers: tree.receivers(of: alert.labels), standing: standing, mutedBy: [], to: &writer)
        }
        return writer.bytes
    }
}

/// What one list keeps of the room for all lists; given back when it is let go.
private final class RoomShare: Sendable {
    private let room: ByteBudget
    private let taken = Atomic<Int>(0)

    init(_ room: ByteBudget) { self.room = room }

    deinit { room.give(back: taken.load(ordering: .relaxed)) }

    func take(_ count: Int) -> Bool {
        guard room.take(count) else { return false }
        taken.add(count, ordering: .relaxed)
        return true
    }
}
