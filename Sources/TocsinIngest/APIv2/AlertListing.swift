import Hummingbird
import NIOCore
import TocsinAlerts
import TocsinCore
import TocsinRouting
import TocsinStreams

/// `GET /api/v2/alerts`: a tenant's alerts in the order of their fingerprints.
///
/// Two passes over what is kept: the first notes of each alert that is shown where it is and its fingerprint, 32 bytes; the
/// second reads them in order, some hundreds at a time, and writes them as it goes. So memory does not grow with the
/// alerts' sizes, and the first byte goes out before the last alert is read.
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
    }

    let streams: TenantStreams
    let tenant: TenantID
    let tree: RoutingTree
    let standings: AlertStandings
    let filter: AlertFilter

    /// Writes the list.
    @concurrent
    func write(to body: inout some ResponseBodyWriter) async throws {
        let groups = try await streams.groups(of: tenant)
        let places = try await places(in: groups)
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
        let all = try await places(in: groups).drop { place in page.after.map { place.fingerprint <= $0 } ?? false }
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
    private func places(in groups: [GroupID]) async throws -> [Place] {
        var places: [Place] = []
        let parts = stride(from: 0, to: groups.count, by: Self.groupsAtOnce).map { start in
            start..<min(groups.count, start + Self.groupsAtOnce)
        }
        try await PartsInOrder.work(on: parts) { part in
            try await self.places(of: part, in: groups)
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
    private func places(of part: Range<Int>, in groups: [GroupID]) async throws -> [Place] {
        var places: [Place] = []
        for (offset, alerts) in try await streams.readAlerts(in: Array(groups[part]), of: tenant).enumerated() {
            for (key, record) in alerts {
                guard let fingerprint = try fingerprint(of: record) else { continue }
                places.append(Place(fingerprint: fingerprint, key: key, group: part.lowerBound + offset))
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
        let records = try await streams.readAlerts(places.map { (group: groups[$0.group], key: $0.key) }, of: tenant)
        let alerts = try records.compactMap { try $0.map { try Alert(record: $0) } }
        var writer = JSONWriter(capacity: alerts.count * 1024)
        for (alert, standing) in zip(alerts, try await standings.standings(of: alerts)) where filter.shows(standing) {
            AlertJSON.write(
                alert, receivers: tree.receivers(of: alert.labels), standing: standing, mutedBy: [], to: &writer)
        }
        return writer.bytes
    }
}
