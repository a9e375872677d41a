public import TocsinCore

/// The recorded path of one alert: accepted, masked, routed, grouped, muted, notified, delivered, or why not.
///
/// Everything in it was written down when it happened; nothing is decided again.
public struct AlertStory: Sendable, Hashable {
    /// One thing that happened.
    public struct Step: Sendable, Hashable, Encodable {
        /// What kind of thing.
        public enum Kind: String, Sendable, Hashable, Encodable {
            /// An ingest node took it.
            case accepted
            /// It came to a group by a route.
            case routed
            /// It was left out of a flush.
            case muted
            /// It was put into a notification.
            case notified
            /// A notification has to wait for an earlier one.
            case waiting
            /// An attempt has failed and will be repeated.
            case retried
            /// A receiver has it.
            case delivered
            /// A notification was given up.
            case dead
            /// It is over, and nobody has to hear more of it.
            case finished
        }

        /// When.
        public let time: Timestamp
        /// What kind of thing.
        public let kind: Kind
        /// The thing in a sentence.
        public let text: String
        /// The receiver that it is about.
        public var receiver: String?
        /// The notification that it is about.
        public var notification: String?

        private enum Key: String, CodingKey {
            case at
            case step
            case text
            case receiver
            case notification
        }

        /// Writes it with the time as in RFC 3339.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(time.rfc3339Milliseconds, forKey: .at)
            try container.encode(kind, forKey: .step)
            try container.encode(text, forKey: .text)
            try container.encodeIfPresent(receiver, forKey: .receiver)
            try container.encodeIfPresent(notification, forKey: .notification)
        }
    }

    /// The alert.
    public let fingerprint: UInt64
    /// What happened, in its order.
    public private(set) var steps: [Step] = []

    /// The story of an alert, from what a tenant's trail says.
    public init(of fingerprint: UInt64, turns: [TurnTrail], attempts: [AttemptTrail]) {
        self.fingerprint = fingerprint
        var told: Set<String> = []
        var homes: Set<[String]> = []
        for turn in turns { add(turn, &told, &homes) }
        for attempt in attempts where told.contains(attempt.notification) { add(attempt) }
        // The order in which things were written down is kept where the time is the same.
        steps = steps.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
    }

    /// - Parameters:
    ///   - told: The notifications that tell of the alert.
    ///   - homes: The groups that it came to, by route and labels.
    private mutating func add(_ turn: TurnTrail, _ told: inout Set<String>, _ homes: inout Set<[String]>) {
        var batches: Set<Int> = []
        for arrival in turn.arrivals where arrival.fingerprint == fingerprint {
            if turn.batches.indices.contains(arrival.batch), batches.insert(arrival.batch).inserted {
                let batch = turn.batches[arrival.batch]
                steps.append(Step(time: batch.receivedAt, kind: .accepted, text: batch.origin.sentence))
            }
            guard turn.groups.indices.contains(arrival.group) else { continue }
            let group = turn.groups[arrival.group]
            homes.insert([group.route, group.labels])
            steps.append(Step(time: turn.time, kind: .routed, text: arrival.sentence(group)))
        }
        for flush in turn.flushes {
            add(flush, at: turn.time, &told)
            guard turn.groups.indices.contains(flush.group) else { continue }
            let group = turn.groups[flush.group]
            if homes.contains([group.route, group.labels]) { add(waiting: flush.waiting, at: turn.time) }
        }
    }

    private mutating func add(waiting receivers: [String], at time: Timestamp) {
        for receiver in receivers {
            steps.append(
                Step(
                    time: time, kind: .waiting,
                    text: "the group's next notification waits: an earlier one to \(receiver) is still under way",
                    receiver: receiver))
        }
    }

    private mutating func add(_ flush: TurnTrail.Flush, at time: Timestamp, _ told: inout Set<String>) {
        if let mute = flush.mutes.first(where: { $0.fingerprint == fingerprint }) {
            steps.append(Step(time: time, kind: .muted, text: mute.sentence))
        }
        for notice in flush.notices {
            let isFiring = notice.firing.contains(fingerprint)
            guard isFiring || notice.resolved.contains(fingerprint) else { continue }
            told.insert(notice.id)
            let number = notice.firing.count + notice.resolved.count
            steps.append(
                Step(
                    time: time, kind: .notified,
                    text: "put into a notification of \(number) alert(s) for \(notice.receiver), as "
                        + (isFiring ? "firing" : "resolved") + ", because: \(notice.reason)",
                    receiver: notice.receiver, notification: notice.id))
        }
        if flush.finished.contains(fingerprint) {
            steps.append(
                Step(time: time, kind: .finished, text: "it is over, and everybody has heard who is to hear of it"))
        }
    }

    private mutating func add(_ attempt: AttemptTrail) {
        let kind: Step.Kind
        let text: String
        switch attempt.verdict {
        case "delivered": (kind, text) = (.delivered, "\(attempt.receiver) has it: \(attempt.attempt)")
        case "dead":
            let last = attempt.attempt.isEmpty ? "" : "; the last attempt: \(attempt.attempt)"
            (kind, text) = (.dead, "given up for \(attempt.receiver): \(attempt.reason)\(last)")
        default: (kind, text) = (.retried, "not delivered to \(attempt.receiver), and tried again: \(attempt.attempt)")
        }
        steps.append(
            Step(
                time: attempt.time, kind: kind, text: text, receiver: attempt.receiver,
                notification: attempt.notification))
    }
}

extension BatchOrigin {
    fileprivate var sentence: String {
        let who =
            switch kind {
            case "": "accepted"
            case "token": "accepted from who has the token \(credential)"
            case "jwt": "accepted from who has a JSON Web Token of \(credential)"
            case "certificate": "accepted from who has a client certificate"
            case "notice": "a notice of Tocsin's own"
            default: "accepted without a credential"
            }
        return masked == 0 ? who : who + "; \(masked) text(s) of its batch were masked"
    }
}

extension TurnTrail.Arrival {
    fileprivate func sentence(_ group: TurnTrail.Group) -> String {
        let hearing = group.receivers.filter { !deaf.contains($0) }
        var text = (isResolved ? "ended; " : "") + "routed by \(group.route) to the group \(group.labels), for "
        text += hearing.isEmpty ? "nobody" : hearing.joined(separator: ", ")
        if !deaf.isEmpty { text += "; not severe enough for \(deaf.joined(separator: ", "))" }
        return text
    }
}

extension TurnTrail.Mute {
    fileprivate var sentence: String {
        var reasons: [String] = []
        if !silences.isEmpty { reasons.append("silenced by \(silences.joined(separator: ", "))") }
        if !inhibitors.isEmpty {
            reasons.append(
                "inhibited by the alert \(inhibitors.map { Hexadecimal.encode($0) }.joined(separator: ", "))")
        }
        if !intervals.isEmpty { reasons.append("its route tells nobody now: \(intervals.joined(separator: ", "))") }
        return "not told: " + reasons.joined(separator: "; ")
    }
}
