public import TocsinAlerts
public import TocsinCore

/// The identity of a group: its route and the labels its alerts share.
///
/// The route is part of it, so two routes never share a group's log, even where Alertmanager's group key is the same.
public struct GroupIdentity: Sendable, Hashable {
    /// The route's id.
    public let routeID: String
    /// The labels that the group's alerts share by the route's `group_by`.
    public let labels: LabelSet

    /// An identity.
    public init(routeID: String, labels: LabelSet) {
        self.routeID = routeID
        self.labels = labels
    }

    /// Reads what ``record`` wrote.
    public init(record: [UInt8]) throws(RecordError) {
        var reader = RecordReader(record)
        guard try reader.readByte() == 1 else {
            throw RecordError(message: "a group of a version that this build does not know")
        }
        routeID = try reader.readString()
        labels = try LabelSet(from: &reader)
    }

    /// The identity as it is kept.
    public var record: [UInt8] {
        var writer = RecordWriter()
        writer.write(byte: 1)
        writer.write(routeID)
        labels.write(to: &writer)
        return writer.bytes
    }
}
