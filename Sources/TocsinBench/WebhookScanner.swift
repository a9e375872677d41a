/// Finds the benchmark's marks in a webhook's body (Alertmanager's format, version 4) in one pass, without decoding it.
///
/// It keeps to the structure instead of searching for the label's name, because `bench_id` stands in `groupLabels` and
/// `commonLabels` too. Anything that is not such a body simply holds no marks.
struct WebhookScanner {
    /// What one alert says of itself.
    struct Mark: Equatable {
        /// The label `bench_id`; empty if there is none.
        var id = ""
        /// Whether its `status` is `resolved`.
        var isResolved = false
        /// The annotation `bench_sent_ns`, or 0.
        var sentNanoseconds: Int64 = 0
    }

    /// Where the scanner stands: outside of `alerts`, in an alert, or in one of its maps.
    private enum Place {
        case elsewhere
        case alerts
        case alert
        case labels
        case annotations
    }

    private static let maximumDepth = 64

    private let body: UnsafeRawBufferPointer
    private var position = 0
    private var places: [Place] = []
    private var key = 0..<0
    private var mark = Mark()
    private var marks: [Mark] = []

    private init(_ body: UnsafeRawBufferPointer) {
        self.body = body
        places.reserveCapacity(8)
    }

    /// The marks of all alerts of a body, in its order.
    static func scan(_ body: UnsafeRawBufferPointer) -> [Mark] {
        var scanner = WebhookScanner(body)
        scanner.run()
        return scanner.marks
    }

    private mutating func run() {
        while position < body.count {
            let byte = body[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): text()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard places.count < WebhookScanner.maximumDepth else { return }
                open(isArray: byte == UInt8(ascii: "["))
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if places.popLast() == .alert { marks.append(mark) }
                key = 0..<0
            case UInt8(ascii: ","): key = 0..<0
            default: break
            }
        }
    }

    private mutating func open(isArray: Bool) {
        let place: Place
        switch (places.count, places.last) {
        case (1, _): place = isArray && keyIs("alerts") ? .alerts : .elsewhere
        case (2, .alerts):
            place = isArray ? .elsewhere : .alert
            mark = Mark()
        case (3, .alert):
            place = isArray ? .elsewhere : keyIs("labels") ? .labels : keyIs("annotations") ? .annotations : .elsewhere
        default: place = .elsewhere
        }
        places.append(place)
        key = 0..<0
    }

    /// Reads a text whose opening quote has been read: a key if a colon follows, else the value of the last key.
    private mutating func text() {
        let start = position
        while position < body.count, body[position] != UInt8(ascii: "\"") {
            position += body[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        let end = min(position, body.count)
        position = end + 1
        var next = position
        while next < body.count, body[next] == UInt8(ascii: " ") { next += 1 }
        if next < body.count, body[next] == UInt8(ascii: ":") {
            key = start..<end
        } else {
            value(start..<end)
        }
    }

    private mutating func value(_ range: Range<Int>) {
        switch places.last {
        case .alert where keyIs("status"): mark.isResolved = matches(range, "resolved")
        case .labels where keyIs("bench_id"): mark.id = String(decoding: body[range], as: UTF8.self)
        case .annotations where keyIs("bench_sent_ns"): mark.sentNanoseconds = number(range)
        default: break
        }
    }

    private func keyIs(_ name: StaticString) -> Bool { matches(key, name) }

    private func matches(_ range: Range<Int>, _ name: StaticString) -> Bool {
        guard range.count == name.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count where body[range.lowerBound + offset] != name.utf8Start[offset] { return false }
        return true
    }

    private func number(_ range: Range<Int>) -> Int64 {
        guard !range.isEmpty, range.count <= 19 else { return 0 }
        var value: Int64 = 0
        for byte in body[range] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return 0 }
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, tooLargeSum) = product.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            guard !tooLarge, !tooLargeSum else { return 0 }
            value = sum
        }
        return value
    }
}
