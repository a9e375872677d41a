import TocsinAlerts
import TocsinCore
import TocsinRouting
import TocsinSealing
import TocsinStreams

/// The identity of a group: its route and the labels its alerts share.
///
/// Kept with the group, because its id is a hash.
struct GroupIdentity: Hashable {
    let routeID: String
    let labels: LabelSet

    init(routeID: String, labels: LabelSet) {
        self.routeID = routeID
        self.labels = labels
    }

    init(from bytes: [UInt8]) throws(RecordError) {
        var reader = RecordReader(bytes)
        guard try reader.readByte() == 1 else {
            throw RecordError(message: "a group of a version that this build does not know")
        }
        routeID = try reader.readString()
        labels = try LabelSet(from: &reader)
    }

    var record: [UInt8] {
        var writer = RecordWriter()
        writer.write(byte: 1)
        writer.write(routeID)
        labels.write(to: &writer)
        return writer.bytes
    }

    func id(under key: IndexKey) -> GroupID {
        GroupID(key.hashHex(label: "group", parts: [record]))
    }
}

extension Alert {
    /// The name of this alert inside a group: a keyed hash of its fingerprint.
    func key(under key: IndexKey) -> String {
        key.hashHex(label: "alert", parts: [withUnsafeBytes(of: fingerprint.bigEndian) { Array($0) }])
    }

    /// The alert as it is kept.
    var record: [UInt8] {
        var writer = RecordWriter(capacity: 1024)
        write(to: &writer)
        return writer.bytes
    }

    init(record: [UInt8]) throws(RecordError) {
        var reader = RecordReader(record)
        self = try Alert(from: &reader)
    }
}

extension NotificationLog {
    var record: [UInt8] {
        var writer = RecordWriter()
        write(to: &writer)
        return writer.bytes
    }

    init(record: [UInt8]) throws(RecordError) {
        var reader = RecordReader(record)
        self = try NotificationLog(from: &reader)
    }
}
