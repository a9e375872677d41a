import NIOCore

/// Reads the answers of an HTTP/1.1 server: the status, and where the answer ends.
///
/// A parser of its own, because the generator shares the processor with what it measures and needs neither header objects
/// nor bodies.
struct ResponseParser {
    /// A whole answer.
    struct Response: Equatable {
        let status: Int
        let keepsAlive: Bool
    }

    struct Malformed: Error {
        let reason: String
    }

    private enum State {
        case head
        case body(Response, left: Int)
        case chunkSize(Response)
        case chunk(Response, left: Int)
        case trailer(Response)
        case untilClose(Response)
    }

    private static let maximumHead = 16 * 1024
    private var state: State = .head

    /// Takes the next whole answer off the buffer, or answers `nil` until more bytes have come.
    mutating func next(_ buffer: inout ByteBuffer) throws(Malformed) -> Response? {
        while true {
            switch state {
            case .head:
                guard let head = try ResponseParser.takeHead(&buffer) else { return nil }
                if head.status >= 100, head.status < 200 { continue }
                state = try ResponseParser.body(of: head)
            case .body(let response, let left):
                let taken = min(left, buffer.readableBytes)
                buffer.moveReaderIndex(forwardBy: taken)
                guard taken == left else {
                    state = .body(response, left: left - taken)
                    return nil
                }
                state = .head
                return response
            case .chunkSize(let response):
                guard let line = try ResponseParser.takeLine(&buffer) else { return nil }
                guard let size = Int(line.prefix(while: { $0 != ";" && $0 != " " }), radix: 16), size >= 0,
                    size < 1 << 40
                else { throw Malformed(reason: "a chunk size is no number") }
                state = size == 0 ? .trailer(response) : .chunk(response, left: size + 2)
            case .chunk(let response, let left):
                let taken = min(left, buffer.readableBytes)
                buffer.moveReaderIndex(forwardBy: taken)
                state = taken == left ? .chunkSize(response) : .chunk(response, left: left - taken)
                if taken < left { return nil }
            case .trailer(let response):
                guard let line = try ResponseParser.takeLine(&buffer) else { return nil }
                guard line.isEmpty else { continue }
                state = .head
                return response
            case .untilClose:
                buffer.moveReaderIndex(forwardBy: buffer.readableBytes)
                return nil
            }
        }
    }

    /// The answer that ends with the connection, if there is one.
    mutating func finish() -> Response? {
        guard case .untilClose(let response) = state else { return nil }
        state = .head
        return response
    }

    fileprivate struct Head {
        var status: Int
        var keepsAlive: Bool
        var length: Int?
        var isChunked = false
    }

    private static func body(of head: Head) throws(Malformed) -> State {
        let response = Response(status: head.status, keepsAlive: head.keepsAlive)
        if head.status == 204 || head.status == 304 { return .body(response, left: 0) }
        if head.isChunked { return .chunkSize(response) }
        if let length = head.length { return .body(response, left: length) }
        return .untilClose(Response(status: head.status, keepsAlive: false))
    }

    private static func takeHead(_ buffer: inout ByteBuffer) throws(Malformed) -> Head? {
        let view = buffer.readableBytesView
        guard let end = view.firstRange(of: Array("\r\n\r\n".utf8)) else {
            guard view.count <= maximumHead else { throw Malformed(reason: "the head has no end") }
            return nil
        }
        let text = String(decoding: view[view.startIndex..<end.lowerBound], as: UTF8.self)
        buffer.moveReaderIndex(to: end.upperBound)
        var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)[...]
        guard let first = lines.popFirst(), first.hasPrefix("HTTP/1."), first.utf8.count >= 12,
            let status = Int(first.dropFirst(9).prefix(3)), (100...999).contains(status)
        else { throw Malformed(reason: "the status line is none") }
        var head = Head(status: status, keepsAlive: first.hasPrefix("HTTP/1.1"))
        for line in lines { try head.read(line) }
        return head
    }

    private static func takeLine(_ buffer: inout ByteBuffer) throws(Malformed) -> String? {
        let view = buffer.readableBytesView
        guard let end = view.firstIndex(of: UInt8(ascii: "\n")) else {
            guard view.count <= maximumHead else { throw Malformed(reason: "a line has no end") }
            return nil
        }
        var line = view[view.startIndex..<end]
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        let text = String(decoding: line, as: UTF8.self)
        buffer.moveReaderIndex(to: end + 1)
        return text
    }
}

extension ResponseParser.Head {
    fileprivate mutating func read(_ line: Substring) throws(ResponseParser.Malformed) {
        guard let colon = line.firstIndex(of: ":") else { return }
        let value = line[line.index(after: colon)...].drop(while: { $0 == " " || $0 == "\t" })
        switch line[..<colon].lowercased() {
        case "content-length":
            guard let length = Int(value.prefix(while: { $0 != " " })), length >= 0 else {
                throw ResponseParser.Malformed(reason: "the Content-Length is no number")
            }
            self.length = length
        case "transfer-encoding": isChunked = value.lowercased().contains("chunked")
        case "connection": keepsAlive = !value.lowercased().contains("close") && keepsAlive
        default: break
        }
    }
}
