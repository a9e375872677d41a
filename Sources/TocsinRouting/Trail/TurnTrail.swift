public import TocsinCore

/// What one turn has decided of which alerts, kept so that it can be told afterwards.
///
/// Alerts stand in it by their fingerprints, and only those of which there was something to decide: one that is sent again and
/// says nothing new leaves no trail.
public struct TurnTrail: Sendable, Hashable {
    private static let format: UInt8 = 1

    /// A batch that the turn has read.
    public struct Batch: Sendable, Hashable {
        /// When it was accepted.
        public var receivedAt: Timestamp
        /// From whom.
        public var origin: BatchOrigin

        /// A batch.
        public init(receivedAt: Timestamp, origin: BatchOrigin) {
            self.receivedAt = receivedAt
            self.origin = origin
        }
    }

    /// A group that the turn has touched.
    public struct Group: Sendable, Hashable {
        /// The route that leads to it, as Alertmanager writes it in group keys.
        public var route: String
        /// The labels that its alerts share.
        public var labels: String
        /// Who is told of it.
        public var receivers: [String]

        /// A group.
        public init(route: String, labels: String, receivers: [String]) {
            self.route = route
            self.labels = labels
            self.receivers = receivers
        }
    }

    /// An alert that came to a group with news.
    public struct Arrival: Sendable, Hashable {
        /// The alert.
        public var fingerprint: UInt64
        /// The batch's place in ``TurnTrail/batches``.
        public var batch: Int
        /// The group's place in ``TurnTrail/groups``.
        public var group: Int
        /// Whether it is over.
        public var isResolved: Bool
        /// Receivers that do not hear of an alert so little severe.
        public var deaf: [String]

        /// An arrival.
        public init(fingerprint: UInt64, batch: Int, group: Int, isResolved: Bool, deaf: [String]) {
            self.fingerprint = fingerprint
            self.batch = batch
            self.group = group
            self.isResolved = isResolved
            self.deaf = deaf
        }
    }

    /// Why an alert was left out of a flush.
    public struct Mute: Sendable, Hashable {
        /// The alert.
        public var fingerprint: UInt64
        /// The silences that fit it.
        public var silences: [String]
        /// The alerts that inhibit it.
        public var inhibitors: [UInt64]
        /// The time intervals in which its route tells nobody.
        public var intervals: [String]

        /// A reason, or several.
        public init(fingerprint: UInt64, silences: [String], inhibitors: [UInt64], intervals: [String]) {
            self.fingerprint = fingerprint
            self.silences = silences
            self.inhibitors = inhibitors
            self.intervals = intervals
        }
    }

    /// A notification that a flush has made.
    public struct Notice: Sendable, Hashable {
        /// Its id.
        public var id: String
        /// Whom it is for.
        public var receiver: String
        /// Why it is sent.
        public var reason: String
        /// What it tells as firing.
        public var firing: [UInt64]
        /// What it tells as over.
        public var resolved: [UInt64]

        /// A notification.
        public init(id: String, receiver: String, reason: String, firing: [UInt64], resolved: [UInt64]) {
            self.id = id
            self.receiver = receiver
            self.reason = reason
            self.firing = firing
            self.resolved = resolved
        }
    }

    /// A flush of a group.
    public struct Flush: Sendable, Hashable {
        /// The group's place in ``TurnTrail/groups``.
        public var group: Int
        /// The group's alerts that were left out.
        public var mutes: [Mute] = []
        /// The notifications.
        public var notices: [Notice] = []
        /// Receivers to which an earlier notification is still under way.
        public var waiting: [String] = []
        /// The alerts that are over and that nobody has to hear more of.
        public var finished: [UInt64] = []

        /// A flush of which nothing is known yet.
        public init(group: Int) { self.group = group }

        var isEmpty: Bool { mutes.isEmpty && notices.isEmpty && waiting.isEmpty && finished.isEmpty }
    }

    /// When the turn was.
    public var time: Timestamp
    /// The worker.
    public var worker: String
    /// What it has read.
    public private(set) var batches: [Batch] = []
    /// What it has touched.
    public private(set) var groups: [Group] = []
    /// What was news.
    public private(set) var arrivals: [Arrival] = []
    /// What came of it.
    public private(set) var flushes: [Flush] = []

    /// A turn that has decided nothing yet.
    public init(time: Timestamp, worker: String) {
        self.time = time
        self.worker = worker
    }

    /// Whether there is nothing to tell.
    public var isEmpty: Bool { arrivals.isEmpty && flushes.isEmpty }

    /// Notes a batch, and answers its place.
    public mutating func add(_ batch: Batch) -> Int {
        batches.append(batch)
        return batches.count - 1
    }

    /// Notes a group, and answers its place.
    public mutating func add(_ group: Group) -> Int {
        groups.append(group)
        return groups.count - 1
    }

    /// Notes an arrival.
    public mutating func add(_ arrival: Arrival) { arrivals.append(arrival) }

    /// Notes a flush, if anything came of it.
    public mutating func add(_ flush: Flush) { if !flush.isEmpty { flushes.append(flush) } }

    /// The trail as it is kept.
    public var record: [UInt8] {
        var writer = RecordWriter(capacity: 256)
        writer.write(byte: Self.format)
        writer.write(time)
        writer.write(worker)
        writer.list(batches) { writer, batch in
            writer.write(batch.receivedAt)
            writer.write(batch.origin.text)
        }
        writer.list(groups) { writer, group in
            writer.write(group.route)
            writer.write(group.labels)
            writer.list(group.receivers) { $0.write($1) }
        }
        writer.list(arrivals) { writer, arrival in
            writer.write(arrival.fingerprint)
            writer.write(UInt64(arrival.batch))
            writer.write(UInt64(arrival.group))
            writer.write(byte: arrival.isResolved ? 1 : 0)
            writer.list(arrival.deaf) { $0.write($1) }
        }
        writer.list(flushes) { writer, flush in
            writer.write(UInt64(flush.group))
            writer.list(flush.mutes) { writer, mute in
                writer.write(mute.fingerprint)
                writer.list(mute.silences) { $0.write($1) }
                writer.list(mute.inhibitors) { $0.write($1) }
                writer.list(mute.intervals) { $0.write($1) }
            }
            writer.list(flush.notices) { writer, notice in
                for text in [notice.id, notice.receiver, notice.reason] { writer.write(text) }
                writer.list(notice.firing) { $0.write($1) }
                writer.list(notice.resolved) { $0.write($1) }
            }
            writer.list(flush.waiting) { $0.write($1) }
            writer.list(flush.finished) { $0.write($1) }
        }
        return writer.bytes
    }

    /// Reads what ``record`` wrote.
    ///
    /// - Throws: `RecordError` if it is of another form.
    public init(record: [UInt8]) throws(RecordError) {
        var reader = RecordReader(record)
        guard try reader.readByte() == Self.format else {
            throw RecordError(message: "a trail of a version that this build does not know")
        }
        time = try reader.readTimestamp()
        worker = try reader.readString()
        batches = try reader.list { reader throws(RecordError) in
            Batch(receivedAt: try reader.readTimestamp(), origin: BatchOrigin(text: try reader.readString()))
        }
        groups = try reader.list { reader throws(RecordError) in
            Group(
                route: try reader.readString(), labels: try reader.readString(), receivers: try reader.strings())
        }
        arrivals = try reader.list { reader throws(RecordError) in
            Arrival(
                fingerprint: try reader.readUInt(), batch: Int(clamping: try reader.readUInt()),
                group: Int(clamping: try reader.readUInt()), isResolved: try reader.readByte() == 1,
                deaf: try reader.strings())
        }
        flushes = try reader.list { reader throws(RecordError) in
            var flush = Flush(group: Int(clamping: try reader.readUInt()))
            flush.mutes = try reader.list { reader throws(RecordError) in
                Mute(
                    fingerprint: try reader.readUInt(), silences: try reader.strings(),
                    inhibitors: try reader.numbers(), intervals: try reader.strings())
            }
            flush.notices = try reader.list { reader throws(RecordError) in
                Notice(
                    id: try reader.readString(), receiver: try reader.readString(), reason: try reader.readString(),
                    firing: try reader.numbers(), resolved: try reader.numbers())
            }
            flush.waiting = try reader.strings()
            flush.finished = try reader.numbers()
            return flush
        }
    }
}

extension RecordWriter {
    fileprivate mutating func list<Item>(_ items: [Item], _ write: (inout RecordWriter, Item) -> Void) {
        self.write(UInt64(items.count))
        for item in items { write(&self, item) }
    }
}

extension RecordReader {
    fileprivate mutating func list<Item>(
        _ read: (inout RecordReader) throws(RecordError) -> Item
    ) throws(RecordError) -> [Item] {
        var items: [Item] = []
        for _ in 0..<(try readCount()) { items.append(try read(&self)) }
        return items
    }

    fileprivate mutating func strings() throws(RecordError) -> [String] {
        try list { reader throws(RecordError) in try reader.readString() }
    }

    fileprivate mutating func numbers() throws(RecordError) -> [UInt64] {
        try list { reader throws(RecordError) in try reader.readUInt() }
    }
}
