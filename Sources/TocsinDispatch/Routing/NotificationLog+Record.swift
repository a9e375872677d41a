import TocsinCore
import TocsinRouting

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
