/// One command with its arguments, in RESP2 form.
///
/// Arguments are written behind one another as they are appended; the head, which needs their number, is added last.
public struct RedisCommand: Sendable {
    private(set) var arguments: [UInt8]
    private(set) var count = 0
    private let keyPlace: Int?
    /// Whether it may touch more keys than it names.
    let isFunctionCall: Bool

    /// - Parameters:
    ///   - verb: The command's name.
    ///   - capacity: How many bytes the arguments will need, roughly.
    public init(_ verb: RedisVerb, capacity: Int = 128) {
        arguments = []
        arguments.reserveCapacity(capacity)
        keyPlace = verb.keyPlace
        isFunctionCall = verb == .fcall
        for word in verb.rawValue.split(separator: " ") { append(String(word)) }
    }

    /// A command that Tocsin's own user need not be allowed, for tests and tools; its second word is taken for its key.
    public init(unlisted name: String) {
        arguments = []
        keyPlace = 1
        isFunctionCall = false
        append(name)
    }

    /// Adds an argument.
    public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(buffer: $0) }
    }

    /// Adds an argument.
    public mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { append(buffer: $0) }
    }

    /// Adds an argument.
    public mutating func append(_ number: Int) { append(String(number)) }

    /// Adds an argument.
    public mutating func append(_ number: Int64) { append(String(number)) }

    private mutating func append(buffer: UnsafeBufferPointer<UInt8>) {
        count += 1
        arguments.append(UInt8(ascii: "$"))
        arguments.append(contentsOf: String(buffer.count).utf8)
        endLine()
        arguments.append(contentsOf: buffer)
        endLine()
    }

    private mutating func endLine() {
        arguments.append(UInt8(ascii: "\r"))
        arguments.append(UInt8(ascii: "\n"))
    }

    /// The first key that the command names; `nil` if it has none, so that any server may be asked.
    var key: ArraySlice<UInt8>? { keyPlace.flatMap(word) }

    private func word(_ place: Int) -> ArraySlice<UInt8>? {
        var start = 0
        for number in 0..<count {
            guard let lineEnd = arguments[start...].firstIndex(of: UInt8(ascii: "\r")) else { return nil }
            let length = arguments[(start + 1)..<lineEnd].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            if number == place { return arguments[(lineEnd + 2)..<(lineEnd + 2 + length)] }
            start = lineEnd + 4 + length
        }
        return nil
    }

    /// What the command is called in a test: its name, or that of the function without its library.
    var purpose: String {
        func text(_ place: Int) -> String { word(place).map { String(decoding: $0, as: UTF8.self) } ?? "" }
        guard text(0) == "FCALL", let name = text(1).split(separator: "_").last else { return text(0) }
        return String(name)
    }

    /// The line before the arguments.
    var head: String { "*\(count)\r\n" }
}
