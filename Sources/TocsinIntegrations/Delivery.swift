public import TocsinAlerts
public import TocsinCore

/// One attempt to tell a vendor of a notification: what there is to know, and what has been asked and answered so far.
public struct Delivery: Sendable {
    /// One request of the attempt and what was answered.
    public struct Exchange: Sendable {
        /// The request's name, by which the integration knows what the answer belongs to.
        public let step: String
        /// What the vendor answered.
        public let response: DeliveryResponse

        /// Makes one.
        public init(step: String, response: DeliveryResponse) {
            self.step = step
            self.response = response
        }
    }

    /// What is to be told.
    public let notification: Notification
    /// The attempt's number, from 1.
    public let attempt: Int
    /// Whether an earlier attempt ended without an answer, so that the vendor may have the notification already.
    public let isUnclear: Bool
    /// What was kept of what this receiver was told of this group before.
    public let memory: VendorMemory
    /// The time now.
    public let now: Timestamp
    /// What was asked and answered in this attempt, oldest first.
    public internal(set) var exchanges: [Exchange] = []

    /// Begins an attempt.
    public init(
        _ notification: Notification, attempt: Int = 1, isUnclear: Bool = false, memory: VendorMemory = VendorMemory(),
        now: Timestamp
    ) {
        self.notification = notification
        self.attempt = attempt
        self.isUnclear = isUnclear
        self.memory = memory
        self.now = now
    }

    /// The attempt after one more answer.
    public func answered(_ response: DeliveryResponse, to step: String) -> Delivery {
        var delivery = self
        delivery.exchanges.append(Exchange(step: step, response: response))
        return delivery
    }

    /// The last answer to a request of that name.
    func answer(to step: String) -> DeliveryResponse? { exchanges.last { $0.step == step }?.response }
}

/// What is to be done next in an attempt.
public enum DeliveryStep: Sendable {
    /// Send a request; ``Integration/next(_:)`` is asked again with the answer to it.
    case send(DeliveryRequest, step: String)
    /// The attempt is over.
    ///
    /// - Parameter keep: What is to be known of this receiver and group from now on; `nil` leaves it as it is.
    case end(DeliveryOutcome, keep: VendorMemory?)
}

/// What a receiver's vendor called things that were made for a group, such as the id of a message that is to be updated.
///
/// Kept, sealed, beside the notification log of the group and the receiver, and forgotten some days after its last change.
public struct VendorMemory: Sendable, Hashable {
    /// The most entries that are kept.
    public static let maximumEntries = 16
    /// The longest name or value, in bytes; longer ones are not kept.
    public static let maximumBytes = 1024

    private var entries: [String: String] = [:]

    /// Knows nothing.
    public init() {}

    /// Whether there is nothing to keep.
    public var isEmpty: Bool { entries.isEmpty }

    /// What is kept under a name.
    public subscript(name: String) -> String? {
        get { entries[name] }
        set {
            guard let value = newValue else {
                entries[name] = nil
                return
            }
            guard value.utf8.count <= VendorMemory.maximumBytes, name.utf8.count <= VendorMemory.maximumBytes,
                entries[name] != nil || entries.count < VendorMemory.maximumEntries
            else { return }
            entries[name] = value
        }
    }

    /// What is kept, as a record.
    public var record: [UInt8] {
        var writer = RecordWriter()
        writer.write(byte: 1)
        writer.write(UInt64(entries.count))
        for (name, value) in entries.sorted(by: { $0.key < $1.key }) {
            writer.write(name)
            writer.write(value)
        }
        return writer.bytes
    }

    /// Reads what ``record`` wrote.
    ///
    /// - Throws: `RecordError` if the record is damaged or of a version that this build does not know.
    public init(record: [UInt8]) throws(RecordError) {
        var reader = RecordReader(record)
        guard try reader.readByte() == 1 else {
            throw RecordError(message: "what was kept for a vendor is of a version that this build does not know")
        }
        for _ in 0..<(try reader.readCount()) {
            let name = try reader.readString()
            self[name] = try reader.readString()
        }
    }
}
