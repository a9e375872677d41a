/// Something that is to be recorded.
public struct AuditEvent: Sendable, Hashable {
    /// How it went.
    public enum Outcome: String, Sendable, Hashable, Codable {
        /// It is about to be done; another entry tells how it ended. Without one, nobody knows.
        case begun
        /// It is done.
        case done
        /// It was tried and failed.
        case failed
        /// It was tried, and whether it was done is not known, because no answer came.
        case unclear
        /// It was not allowed.
        case refused
    }

    /// What was done.
    public var action: AuditAction
    /// On what, such as `silence/<id>`; nothing of an alert's contents.
    public var object: String
    /// How it went.
    public var outcome: Outcome
    /// Who did it.
    public var actor: AuditActor
    /// Why, as a word for scripts, such as an error's code.
    public var reason: String?
    /// A keyed hash of the object before.
    public var before: String?
    /// A keyed hash of the object afterwards.
    public var after: String?
    /// The entry that told of the beginning.
    public var beginning: String?
    /// More, in short words: counts, versions, ids.
    public var facts: [Fact]

    /// A name and a value.
    public struct Fact: Sendable, Hashable, Codable {
        /// What it says.
        public var name: String
        /// The value.
        public var value: String

        /// A name and a value.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Something that is to be recorded.
    public init(
        _ action: AuditAction, on object: String, outcome: Outcome = .done, by actor: AuditActor,
        reason: String? = nil, before: String? = nil, after: String? = nil, facts: [Fact] = []
    ) {
        self.action = action
        self.object = object
        self.outcome = outcome
        self.actor = actor
        self.reason = reason
        self.before = before
        self.after = after
        self.facts = facts
    }

    /// The end of something whose beginning was recorded.
    func ended(
        _ outcome: Outcome, beginning: String, reason: String? = nil, change: AuditChange = AuditChange()
    ) -> AuditEvent {
        var event = self
        event.outcome = outcome
        event.beginning = beginning
        event.reason = reason ?? self.reason
        event.before = change.before ?? before
        event.after = change.after ?? after
        event.object = change.object ?? object
        event.facts += change.facts
        return event
    }
}

/// What is known of a change only once it is done.
public struct AuditChange: Sendable, Hashable {
    /// A keyed hash of the object before.
    public var before: String?
    /// A keyed hash of the object afterwards.
    public var after: String?
    /// The object, if it had no name before.
    public var object: String?
    /// More, in short words.
    public var facts: [AuditEvent.Fact]

    /// What is known.
    public init(
        before: String? = nil, after: String? = nil, object: String? = nil, facts: [AuditEvent.Fact] = []
    ) {
        self.before = before
        self.after = after
        self.object = object
        self.facts = facts
    }
}
