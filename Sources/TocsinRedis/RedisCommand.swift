/// One command with its arguments, in RESP2 form.
///
/// Arguments are written behind one another as they are appended; the head, which needs their number, is added last.
public struct RedisCommand: Sendable {
    private(set) var arguments: [UInt8]
    private(set) var count = 0

    /// - Parameters:
    ///   - name: The command's name, its first word.
    ///   - capacity: How many bytes the arguments will need, roughly.
    public init(_ name: String, capacity: Int = 128) {
        arguments = []
        arguments.reserveCapacity(capacity)
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

    /// What the command is called in a test: its name, or that of the function without its library.
    var purpose: String {
        let words = arguments.prefix(256).split(separator: UInt8(ascii: "\r"), maxSplits: 4)
        func word(_ place: Int) -> String {
            place < words.count ? String(decoding: words[place].dropFirst(), as: UTF8.self) : ""
        }
        guard word(1) == "FCALL", let name = word(3).split(separator: "_").last else { return word(1) }
        return String(name)
    }

    /// The line before the arguments.
    var head: String { "*\(count)\r\n" }
}
