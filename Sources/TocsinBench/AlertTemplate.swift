import NIOCore
import TocsinCore

/// One alert as Prometheus posts it, about 700 bytes, with the places that differ from alert to alert.
///
/// All alerts of a run have the same length: an alert is one copy of the template with a few digits written over it, and
/// the Content-Length of a batch is known before the batch is made.
struct AlertTemplate: Sendable {
    private enum Field {
        case index(width: Int)
        case alertname
        case group
        case sentNanoseconds

        var width: Int {
            switch self {
            case .index(let width): width
            case .alertname: 2
            case .group: 4
            case .sentNanoseconds: 19
            }
        }
    }

    private enum Part {
        case text(String)
        case field(Field)
    }

    /// The digits of an alert's number in its `bench_id`.
    static let idWidth = 9
    /// The largest number of groups that the template tells apart.
    static let maximumGroups = 10_000

    private let bytes: [UInt8]
    private let fields: [(field: Field, offset: Int)]
    private let groups: Int

    /// The template of one run.
    ///
    /// - Parameters:
    ///   - run: a few letters and digits that tell this run's alerts from another's.
    ///   - groups: how many values the label `namespace` takes.
    ///   - startsAt: the same for every alert of the run.
    ///   - endsAt: in the past for a resolved alert.
    init(run: String, groups: Int, startsAt: Timestamp, endsAt: Timestamp) {
        var bytes: [UInt8] = []
        var fields: [(field: Field, offset: Int)] = []
        for part in AlertTemplate.parts(run: run, startsAt: startsAt, endsAt: endsAt) {
            switch part {
            case .text(let text): bytes.append(contentsOf: text.utf8)
            case .field(let field):
                fields.append((field, bytes.count))
                bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: field.width))
            }
        }
        self.bytes = bytes
        self.fields = fields
        self.groups = groups
    }

    /// The length of every alert.
    var count: Int { bytes.count }

    /// Appends the alert with this number.
    func write(index: Int, sentNanoseconds: Int64, into buffer: inout ByteBuffer) {
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: bytes.count) { target in
            target.copyBytes(from: bytes)
            for (field, offset) in fields {
                let value: Int64 =
                    switch field {
                    case .index: Int64(index)
                    case .alertname: Int64(index % 100)
                    case .group: Int64(index % groups)
                    case .sentNanoseconds: sentNanoseconds
                    }
                AlertTemplate.write(value, width: field.width, at: offset, in: target)
            }
            return bytes.count
        }
    }

    /// Writes the last `width` decimal digits of a number that is not negative.
    private static func write(_ value: Int64, width: Int, at offset: Int, in target: UnsafeMutableRawBufferPointer) {
        var rest = value
        for position in stride(from: offset + width - 1, through: offset, by: -1) {
            target[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// The order of the keys is Prometheus' own, and so is the escaped ampersand.
    private static func parts(run: String, startsAt: Timestamp, endsAt: Timestamp) -> [Part] {
        [
            .text(#"{"annotations":{"bench_sent_ns":""#), .field(.sentNanoseconds),
            .text(#"","description":"The p95 latency of checkout-"#), .field(.index(width: 6)),
            .text(#" has been above 500 ms for 10 minutes; customers see slow payments and the error budget burns."#),
            .text(#"","runbook_url":"https://runbooks.example.org/checkout/high-latency"#),
            .text(#"","summary":"High latency on checkout-"#), .field(.index(width: 6)),
            .text(#""},"endsAt":"\#(endsAt.rfc3339Milliseconds)","startsAt":"\#(startsAt.rfc3339Milliseconds)"#),
            .text(
                #"","generatorURL":"http://prometheus.example.org:9090/graph?g0.expr=latency_p95+%3E+0.5\u0026g0.tab=1"#
            ),
            .text(#"","labels":{"alertname":"Load"#), .field(.alertname),
            .text(#"","bench_id":"\#(run)-"#), .field(.index(width: idWidth)),
            .text(#"","cluster":"eu-central-1","instance":"10.0.0.1:"#), .field(.index(width: 5)),
            .text(#"","job":"checkout","namespace":"team-"#), .field(.group),
            .text(#"","pod":"checkout-6d9f7c-"#), .field(.index(width: idWidth)),
            .text(#"","severity":"critical"}}"#),
        ]
    }
}
