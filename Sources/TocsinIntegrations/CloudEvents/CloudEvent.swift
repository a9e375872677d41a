import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// An event in the form of CloudEvents 1.0.
///
/// Source: <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md>.
struct CloudEvent: Sendable {
    /// All attributes but the data's type, in the order in which they are written.
    let attributes: [(name: String, value: String)]
    /// A JSON object.
    let data: [UInt8]

    /// - Parameters:
    ///   - source: Where it comes from; the tenant's own place without it.
    ///   - subject: What it is about, where it is not ``AlertEvent/subject``.
    init(_ event: AlertEvent, of notification: Notification, source: String?, subject: String?) {
        data = event.data
        let about = subject.flatMap { $0.isEmpty ? nil : $0 } ?? event.subject
        attributes = [
            ("specversion", "1.0"), ("id", event.id), ("source", source ?? "/tocsin/\(notification.tenant.name)"),
            ("type", event.type), ("time", event.time.rfc3339), ("subject", about),
        ]
    }

    /// Writes it with its data, as JSON: the specification's `json-format.md`.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            for (name, value) in attributes { writer.member(name, value) }
            writer.member("datacontenttype", "application/json")
            writer.name("data")
            writer.value(json: data)
        }
    }

    /// The attributes as headers, beside data that is a body of its own: the specification's
    /// `http-protocol-binding.md`, section 3.1.
    var headers: [DeliveryRequest.Header] {
        attributes.map { .init("ce-" + $0.name, Secret(CloudEvent.escape($0.value)), isSecret: false) }
    }

    /// Section 3.1.3.2: all but visible ASCII is escaped, and so are quotes and percent signs.
    private static func escape(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in text.utf8 {
            if (0x21...0x7E).contains(byte), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "%") {
                out.append(byte)
            } else {
                out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Reads the setting `source`, a reference by RFC 3986; what is wrong is reported.
    static func source(_ reader: MappingReader) -> String? {
        guard let text = reader.string("source"), !text.isEmpty else { return nil }
        let isReference =
            text.utf8.count <= 1024
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"<>\\^`{|}".utf8.contains($0) }
        if !isReference {
            reader.report("value_invalid", "'source' is an address or a path, without spaces in it", name: "source")
        }
        return isReference ? text : nil
    }
}
