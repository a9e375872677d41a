import TocsinAlerts
import TocsinCore
import TocsinRouting
import TocsinStreams

/// Finds out what keeps alerts from being told of, by the silences and sources as they are now.
struct AlertStandings: Sendable {
    let streams: TenantStreams
    let tenant: TenantID
    let inhibition: InhibitionRules
    let silences: SilenceSet
    let now: Timestamp

    /// How each of the alerts stands, in their order.
    func standings(of alerts: [Alert]) async throws -> [AlertStanding] {
        var standings = alerts.map { AlertStanding(silencedBy: silences.silencing($0.labels, at: now)) }
        guard !inhibition.isEmpty else { return standings }
        let key = streams.indexKey(of: tenant)
        let targets = alerts.map { inhibition.targets($0.labels) }
        var names: [InhibitionMeeting: String] = [:]
        for (meeting, _) in targets.joined() where names[meeting] == nil { names[meeting] = key.name(of: meeting) }
        guard !names.isEmpty else { return standings }
        let records = try await streams.readSources(at: Array(names.values), of: tenant)
        let sources = try records.mapValues { records in
            try records.map { record in
                var reader = RecordReader(record.record)
                return try InhibitionSource(from: &reader)
            }
        }
        for (index, meetings) in targets.enumerated() {
            var found: Set<UInt64> = []
            for (meeting, isSource) in meetings {
                guard let sources = names[meeting].flatMap({ sources[$0] }) else { continue }
                found.formUnion(InhibitionRules.inhibiting(sources, targetIsSource: isSource, now: now))
            }
            standings[index].inhibitedBy = found.sorted()
        }
        return standings
    }
}
