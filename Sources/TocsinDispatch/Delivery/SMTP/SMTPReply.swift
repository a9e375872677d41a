import NIOCore

/// A server's reply, RFC 5321, section 4.2.
struct SMTPReply: Sendable, Hashable {
    /// Three digits.
    let code: Int
    /// The text of each line.
    let lines: [String]
    /// Whether more had come behind it, which no server may send before it is asked.
    let isFollowed: Bool

    /// Whether it is what the client may go on after.
    var isPositive: Bool { (200..<400).contains(code) }
}

/// Reads replies.
struct SMTPReplyDecoder: ByteToMessageDecoder {
    typealias InboundOut = SMTPReply

    /// What is no reply, or too long.
    struct Malformed: Error {}

    private static let longestLine = 4096
    private static let mostLines = 128

    private var lines: [String] = []

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let reply = try reply(&buffer) else { return .needMoreData }
        context.fireChannelRead(wrapInboundOut(reply))
        return .continue
    }

    mutating func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) throws -> DecodingState { try decode(context: context, buffer: &buffer) }

    private mutating func reply(_ buffer: inout ByteBuffer) throws -> SMTPReply? {
        while let line = try line(&buffer) {
            guard let code = Int(line.prefix(3)), (200..<600).contains(code) else { throw Malformed() }
            lines.append(String(line.dropFirst(4)))
            guard lines.count <= SMTPReplyDecoder.mostLines else { throw Malformed() }
            if line.dropFirst(3).first == "-" { continue }
            defer { lines = [] }
            return SMTPReply(code: code, lines: lines, isFollowed: buffer.readableBytes > 0)
        }
        return nil
    }

    private func line(_ buffer: inout ByteBuffer) throws -> String? {
        guard let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else {
            guard buffer.readableBytes <= SMTPReplyDecoder.longestLine else { throw Malformed() }
            return nil
        }
        let count = end - buffer.readerIndex
        guard count <= SMTPReplyDecoder.longestLine, let bytes = buffer.readBytes(length: count + 1) else {
            throw Malformed()
        }
        let text = bytes.dropLast(bytes.count > 1 && bytes[bytes.count - 2] == UInt8(ascii: "\r") ? 2 : 1)
        return String(decoding: text, as: UTF8.self)
    }
}
