public import TocsinAlerts
public import TocsinCore
public import TocsinRouting

/// Which alerts are to be explained.
public enum AlertChoice: Sendable {
    /// The alert of this fingerprint, known or forgotten.
    case fingerprint(UInt64)
    /// The alerts that these fit and that are known now; or, if they are all the labels of one that is forgotten, that.
    case matchers([Matcher])

    /// Reads words: a fingerprint of 16 hexadecimal digits alone, or matchers such as `alertname="DiskFull"`.
    ///
    /// - Throws: ``StreamsError`` if they are neither.
    public init(_ words: [String]) throws(StreamsError) {
        if words.count == 1, words[0].utf8.count == 16, let fingerprint = UInt64(words[0], radix: 16) {
            self = .fingerprint(fingerprint)
            return
        }
        var matchers: [Matcher] = []
        for word in words {
            do throws(MatcherError) { matchers.append(try Matcher.parse(word)) } catch {
                throw .choiceMalformed(word, error.message)
            }
        }
        guard !matchers.isEmpty else { throw .nothingChosen }
        self = .matchers(matchers)
    }
}

/// An alert, and what was written down of it.
public struct ExplainedAlert: Sendable {
    /// Its labels; `nil` if only its fingerprint is known.
    public let labels: LabelSet?
    /// What happened to it.
    public let story: AlertStory
}

extension TenantStreams {
    /// Tells what became of alerts.
    ///
    /// - Parameter most: The most alerts.
    /// - Returns: Alerts of which anything was written down.
    /// - Throws: ``StreamsError`` if more are chosen; ``RedisError``, `SealingError`, `RecordError`.
    public func explain(_ choice: AlertChoice, of tenant: TenantID, most: Int = 10) async throws -> [ExplainedAlert] {
        var chosen: [(fingerprint: UInt64, labels: LabelSet?)] = []
        switch choice {
        case .fingerprint(let fingerprint): chosen = [(fingerprint, nil)]
        case .matchers(let matchers):
            let known = try await known(matchers, of: tenant, most: most + 1)
            guard known.count <= most else { throw StreamsError.tooManyChosen(most) }
            chosen = known.map { ($0.fingerprint, $0.labels) }
            if chosen.isEmpty, matchers.allSatisfy({ $0.comparison == .equal }) {
                let labels = LabelSet(matchers.map { ($0.name, $0.value) })
                chosen = [(labels.fingerprint, labels)]
            }
        }
        let trail = try await trail(of: tenant)
        return chosen.map { alert in
            ExplainedAlert(
                labels: alert.labels,
                story: AlertStory(of: alert.fingerprint, turns: trail.turns, attempts: trail.attempts))
        }.filter { !$0.story.steps.isEmpty }
    }

    /// The alerts that are known now and that matchers fit, each once.
    private func known(_ matchers: [Matcher], of tenant: TenantID, most: Int) async throws -> [Alert] {
        var found: [UInt64: Alert] = [:]
        let groups = try await groups(of: tenant)
        for start in stride(from: 0, to: groups.count, by: 64) {
            let part = Array(groups[start..<min(groups.count, start + 64)])
            for (_, record) in try await readAlerts(in: part, of: tenant).joined() {
                let alert = try Alert(record: record)
                guard matchers.allSatisfy({ $0.matches(alert.labels) }) else { continue }
                found[alert.fingerprint] = alert
                if found.count == most { return Array(found.values) }
            }
        }
        return found.values.sorted { $0.fingerprint < $1.fingerprint }
    }
}

extension StreamsError {
    static func choiceMalformed(_ word: String, _ reason: String) -> StreamsError {
        StreamsError(
            code: "choice_malformed",
            message: "'\(word)' is neither a fingerprint of 16 hexadecimal digits nor a matcher such as "
                + "alertname=\"DiskFull\": \(reason)")
    }

    static let nothingChosen = StreamsError(
        code: "nothing_chosen",
        message: "choose an alert: by the 16 digits of its fingerprint, or by labels such as alertname=\"DiskFull\"")

    static func tooManyChosen(_ most: Int) -> StreamsError {
        StreamsError(
            code: "too_many_chosen",
            message: "more than \(most) alerts are known that fit: name more labels, or the fingerprint")
    }

    /// Whether who asks has asked wrongly.
    public var isBadQuestion: Bool {
        ["choice_malformed", "nothing_chosen", "too_many_chosen"].contains(code)
    }
}
