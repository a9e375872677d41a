import CHiredis

/// hiredis' reader, which turns bytes into replies.
///
/// Its callbacks append to two flat arrays in preorder, which is several times faster than hiredis' own tree of objects
/// and owns nothing that could leak. Not sendable: it lives on its connection's event loop.
final class ReplyReader {
    /// What the callbacks write to.
    private final class Tape {
        var nodes: [ReplyNode] = []
        var bytes: [UInt8] = []

        func append(_ kind: ReplyNode.Kind, value: Int = 0, length: Int = 0) -> UnsafeMutableRawPointer? {
            nodes.append(ReplyNode(kind: kind, value: value, length: length))
            return ReplyReader.marker
        }

        static func of(_ task: UnsafePointer<redisReadTask>?) -> Tape? {
            task?.pointee.privdata.map { Unmanaged<Tape>.fromOpaque($0).takeUnretainedValue() }
        }
    }

    // hiredis only asks whether an object is there, so one address that is never read stands for all of them.
    nonisolated(unsafe) private static let marker = UnsafeMutableRawPointer(bitPattern: 1)

    // Every reader refers to this table for its whole life: it is made once, written once here, and never freed.
    nonisolated(unsafe) private static let functions: UnsafeMutablePointer<redisReplyObjectFunctions> = {
        let table = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
        table.initialize(
            to: redisReplyObjectFunctions(
                createString: { task, text, length in
                    guard let tape = Tape.of(task), let text else { return nil }
                    let kind: ReplyNode.Kind =
                        switch task?.pointee.type {
                        case REDIS_REPLY_ERROR: .error
                        case REDIS_REPLY_STATUS: .status
                        default: .string
                        }
                    let start = tape.bytes.count
                    tape.bytes.append(
                        contentsOf: UnsafeRawBufferPointer(start: UnsafeRawPointer(text), count: length))
                    return tape.append(kind, value: start, length: length)
                },
                createArray: { task, count in Tape.of(task)?.append(.array, value: Int(count)) },
                createInteger: { task, value in Tape.of(task)?.append(.integer, value: Int(value)) },
                createNil: { task in Tape.of(task)?.append(.null) },
                freeObject: nil))
        return table
    }()

    private let tape = Tape()
    private let reader: UnsafeMutablePointer<redisReader>
    private let maximumBytes: Int
    private var hasFailed = false

    /// - Parameter maximumBytes: How many bytes a reply that is not finished may hold.
    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
        guard let reader = redisReaderCreateWithFunctions(ReplyReader.functions) else {
            preconditionFailure("hiredis could not allocate a reader")
        }
        self.reader = reader
        reader.pointee.privdata = Unmanaged.passUnretained(tape).toOpaque()
    }

    deinit { redisReaderFree(reader) }

    /// Takes bytes from the server.
    ///
    /// - Throws: ``RedisError`` of kind `replyTooLarge` or `protocolViolation`; the reader is of no use afterwards.
    func feed(_ bytes: UnsafeRawBufferPointer) throws(RedisError) {
        try check()
        let held = reader.pointee.len - reader.pointee.pos + tape.bytes.count + tape.nodes.count * 32
        guard held + bytes.count <= maximumBytes else {
            hasFailed = true
            throw RedisError(.replyTooLarge, "a reply is larger than the \(maximumBytes) bytes that are allowed")
        }
        guard redisReaderFeed(reader, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count) == REDIS_OK else {
            throw failure()
        }
    }

    /// The next whole reply, or `nil` if more bytes are needed.
    ///
    /// - Throws: ``RedisError`` of kind `protocolViolation`; the reader is of no use afterwards.
    func next() throws(RedisError) -> RedisReply? {
        try check()
        var object: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &object) == REDIS_OK else { throw failure() }
        guard object != nil else { return nil }
        let storage = ReplyStorage(nodes: tape.nodes, bytes: tape.bytes)
        tape.nodes = []
        tape.bytes = []
        return RedisReply(storage: storage, index: 0)
    }

    private func check() throws(RedisError) {
        if hasFailed { throw RedisError(.protocolViolation, "the connection is already given up") }
    }

    private func failure() -> RedisError {
        hasFailed = true
        // hiredis' text repeats the byte that it did not expect, and nothing more of what was sent.
        return RedisError(
            .protocolViolation,
            "the server does not speak Redis' protocol: \(String(cString: CHiredis_readerError(reader)))")
    }
}
