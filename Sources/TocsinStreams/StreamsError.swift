public import TocsinCore

/// Why the queues could not do what was asked.
public struct StreamsError: CodedError, Hashable {
    /// What went wrong, as a word for scripts.
    public let code: String
    /// What went wrong, as a sentence.
    public let message: String

    init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    /// A function of the library answered something that this version does not understand.
    static func unexpectedAnswer(_ function: String) -> StreamsError {
        StreamsError(
            code: "streams_unexpected_answer",
            message: "the function \(function) answered in a form that this version does not know; "
                + "check that nobody else writes to this Redis")
    }

    /// Nodes did not read a new key in time.
    static func nodesBehind(_ nodes: [String]) -> StreamsError {
        StreamsError(
            code: "rotation_nodes_behind",
            message:
                "the new key is not in use yet, because these nodes have not read it: \(nodes.joined(separator: ", ")); "
                + "see that they reach Redis and run this version, then rotate again")
    }

    /// Somebody else rotates keys now.
    public static let rotationUnderWay = StreamsError(
        code: "rotation_under_way", message: "another rotation of keys is under way: wait until it has ended")

    /// A record in Redis is not what its key promises.
    static func malformed(_ what: String) -> StreamsError {
        StreamsError(
            code: "streams_malformed_record", message: "\(what) in Redis is damaged or was not written by Tocsin")
    }
}
