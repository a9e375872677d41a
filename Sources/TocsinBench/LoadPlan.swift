import NIOCore
import TocsinCore

/// A run's options, checked, with everything made that does not change from request to request.
struct LoadPlan: Sendable {
    let target: BenchTarget
    let connections: Int
    let batch: Int
    let total: Int?
    let duration: TimeAmount?
    /// Nanoseconds from one due request to the next; `nil` in a closed loop.
    let interval: Double?
    let population: LoadGenerator.Population
    let run: String
    let firstIndex: Int
    let requestTimeout: TimeAmount
    let timeLimit: TimeAmount
    let template: AlertTemplate
    private let headStart: [UInt8]

    init(_ options: LoadGenerator.Options, now: Timestamp) throws(BenchError) {
        target = try BenchTarget(url: options.url)
        try LoadPlan.check(options)
        connections = options.connections
        batch = options.batch
        total = options.total
        duration = options.duration.map { TimeAmount($0) }
        interval = options.rate.map { Double(options.batch) / $0 * 1e9 }
        population = options.population
        run = options.run ?? "r" + String(UInt32.random(in: 0..<36 * 36 * 36), radix: 36)
        firstIndex = options.firstIndex
        requestTimeout = TimeAmount(options.requestTimeout)
        timeLimit = TimeAmount(options.timeLimit)
        // Resolved alerts keep a start that lies before their end, whatever the firing run's start was.
        let ends = options.state == .firing ? now + options.lifetime : now
        template = AlertTemplate(run: run, groups: options.groups, startsAt: now - .seconds(60), endsAt: ends)
        headStart = LoadPlan.head(target: target, headers: options.headers)
    }

    /// How many alerts the request with this number carries; 0 after the last.
    func size(ofRequest number: Int) -> Int {
        guard let total else { return batch }
        return max(0, min(batch, total - number * batch))
    }

    /// When the request with this number is due, counted from the start; 0 in a closed loop.
    func due(request number: Int) -> TimeAmount {
        .nanoseconds(Int64((interval ?? 0) * Double(number)))
    }

    /// Writes a whole request.
    func write(request number: Int, size: Int, sentNanoseconds: Int64, into buffer: inout ByteBuffer) {
        let length = size * template.count + max(0, size - 1) + 2
        buffer.writeBytes(headStart)
        buffer.writeString("\(length)\r\n\r\n[")
        for position in 0..<size {
            if position > 0 { buffer.writeInteger(UInt8(ascii: ",")) }
            var index = number * batch + position
            if case .fixed(let count) = population { index %= count }
            template.write(index: firstIndex + index, sentNanoseconds: sentNanoseconds, into: &buffer)
        }
        buffer.writeInteger(UInt8(ascii: "]"))
    }

    private static func head(target: BenchTarget, headers: [(name: String, value: String)]) -> [UInt8] {
        var text = "POST \(target.path) HTTP/1.1\r\nHost: \(target.authority)\r\nUser-Agent: tocsin-bench\r\n"
        text += "Content-Type: application/json\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        return Array((text + "Content-Length: ").utf8)
    }

    private static func check(_ options: LoadGenerator.Options) throws(BenchError) {
        func require(_ condition: Bool, _ message: String) throws(BenchError) {
            guard condition else { throw .optionInvalid(message) }
        }
        let largest = 1_000_000_000
        try require((1...10_000).contains(options.connections), "connections must be 1 to 10000")
        try require((1...10_000).contains(options.batch), "the batch must be 1 to 10000 alerts")
        try require(options.total != nil || options.duration != nil, "give a total number of alerts or a duration")
        try require(options.total.map { (1..<largest).contains($0) } ?? true, "the total must be 1 to 999999999 alerts")
        try require((0..<largest).contains(options.firstIndex), "the first index must be 0 to 999999999")
        try require(
            options.rate.map { $0 >= 0.001 && $0 <= 1e7 } ?? true, "the rate must be 0.001 to 10000000 a second")
        try require(
            (1...AlertTemplate.maximumGroups).contains(options.groups),
            "groups must be 1 to \(AlertTemplate.maximumGroups)")
        if case .fixed(let count) = options.population {
            try require((1..<largest).contains(count), "a fixed set must have 1 to 999999999 alerts")
        }
        for duration in [options.duration, options.lifetime, options.requestTimeout, options.timeLimit].compactMap(
            \.self)
        {
            try require(
                duration > .zero && duration <= .seconds(86_400), "a duration must be more than 0 and at most 1d")
        }
        if let run = options.run {
            try require(
                (1...5).contains(run.utf8.count) && run.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) },
                "a run is named with 1 to 5 letters and digits")
        }
        for (name, value) in options.headers {
            try require(
                !name.isEmpty && name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") })
                    && value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
                "a header must look like 'Name: value', without line breaks")
        }
    }
}
