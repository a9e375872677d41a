/// A reply, or a part of one.
///
/// All parts of a reply share one block of bytes and one list of nodes in preorder; a part is an index into it, and
/// nothing is copied before somebody asks for it.
public struct RedisReply: Sendable {
    let storage: ReplyStorage
    let index: Int

    private var node: ReplyNode { storage.nodes[index] }

    /// Whether this is the nil reply.
    public var isNil: Bool { node.kind == .null }

    /// The integer, if this is one.
    public var integer: Int64? { node.kind == .integer ? Int64(node.value) : nil }

    /// The bytes, if this is a string.
    public var bytes: [UInt8]? {
        guard node.kind == .string || node.kind == .status else { return nil }
        return Array(storage.bytes[node.value..<node.value + node.length])
    }

    /// The text, if this is a string; bytes that are not UTF-8 are replaced.
    public var string: String? {
        guard node.kind == .string || node.kind == .status else { return nil }
        return String(decoding: storage.bytes[node.value..<node.value + node.length], as: UTF8.self)
    }

    /// The error, if this is one.
    var error: RedisError? {
        guard node.kind == .error else { return nil }
        return .reply(String(decoding: storage.bytes[node.value..<node.value + node.length], as: UTF8.self))
    }

    /// The elements, if this is an array.
    public var array: Elements? { node.kind == .array ? Elements(storage: storage, parent: index) : nil }

    /// - Throws: ``RedisError`` of kind `unexpectedReply` if this is no integer.
    public func requireInteger() throws(RedisError) -> Int64 {
        guard let integer else { throw unexpected("an integer") }
        return integer
    }

    /// - Throws: ``RedisError`` of kind `unexpectedReply` if this is no string.
    public func requireString() throws(RedisError) -> String {
        guard let string else { throw unexpected("a string") }
        return string
    }

    /// - Throws: ``RedisError`` of kind `unexpectedReply` if this is no string.
    public func requireBytes() throws(RedisError) -> [UInt8] {
        guard let bytes else { throw unexpected("a string") }
        return bytes
    }

    /// - Throws: ``RedisError`` of kind `unexpectedReply` if this is no array.
    public func requireArray() throws(RedisError) -> Elements {
        guard let array else { throw unexpected("an array") }
        return array
    }

    private func unexpected(_ wanted: String) -> RedisError {
        RedisError(.unexpectedReply, "the server answered with \(node.kind.words) where \(wanted) was expected")
    }

    /// The elements of an array.
    public struct Elements: RandomAccessCollection, Sendable {
        private let storage: ReplyStorage
        private let children: [Int]

        init(storage: ReplyStorage, parent: Int) {
            self.storage = storage
            let count = storage.nodes[parent].value
            var children: [Int] = []
            children.reserveCapacity(count)
            var child = parent + 1
            for _ in 0..<count {
                children.append(child)
                child = storage.nodes[child].next
            }
            self.children = children
        }

        /// Always 0.
        public var startIndex: Int { 0 }
        /// How many elements there are.
        public var endIndex: Int { children.count }
        /// One element.
        public subscript(position: Int) -> RedisReply { RedisReply(storage: storage, index: children[position]) }
    }
}

/// One value of a reply.
struct ReplyNode: Sendable {
    enum Kind: UInt8, Sendable {
        case string
        case status
        case error
        case integer
        case null
        case array

        var words: String {
            switch self {
            case .string, .status: "a string"
            case .error: "an error"
            case .integer: "an integer"
            case .null: "nothing"
            case .array: "an array"
            }
        }
    }

    let kind: Kind
    /// Where a string starts, an integer's value, or the number of an array's elements.
    let value: Int
    /// The bytes of a string.
    let length: Int
    /// The index of the node after this one and all that is in it.
    var next = 0
}

/// What the parts of one reply share.
final class ReplyStorage: Sendable {
    let nodes: [ReplyNode]
    let bytes: [UInt8]

    /// - Parameter nodes: In preorder; their `next` is set here.
    init(nodes: consuming [ReplyNode], bytes: [UInt8]) {
        // From the back, so that what is inside a node is known before the node itself.
        for index in nodes.indices.reversed() {
            var next = index + 1
            if nodes[index].kind == .array {
                for _ in 0..<nodes[index].value { next = nodes[next].next }
            }
            nodes[index].next = next
        }
        self.nodes = nodes
        self.bytes = bytes
    }
}
