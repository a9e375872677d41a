import Foundation

/// A request as a ``FakeReceiver`` got it.
public struct ReceivedRequest: Sendable {
    /// Its place among all requests of the receiver, from 0.
    public let order: Int
    /// The connection it came on, from 0.
    public let connection: Int
    /// `POST` and the like.
    public let method: String
    /// The path with the query, as it was sent.
    public let path: String
    /// The headers, in order, with their names as they were sent.
    public let headers: [(name: String, value: String)]
    /// The body.
    public let body: [UInt8]
    /// When its last byte had come.
    public let time: ContinuousClock.Instant

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The first value of a header, whose name may be in any case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The body as a JSON object.
    public func json<Value: Decodable>(as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(body))
    }
}

/// What a ``FakeReceiver`` does with a request.
public struct FakeAnswer: Sendable {
    enum Kind {
        case whole
        case half(bytes: Int)
        case hang
        case reset
    }

    let kind: Kind
    let status: Int
    let headers: KeyValuePairs<String, String>
    let body: [UInt8]

    /// An answer with this status.
    public static func status(_ status: Int, headers: KeyValuePairs<String, String> = [:], body: String = "")
        -> FakeAnswer
    {
        FakeAnswer(kind: .whole, status: status, headers: headers, body: Array(body.utf8))
    }

    /// 200 without a body.
    public static let ok = FakeAnswer.status(200)

    /// No answer; the connection stays open.
    public static let hang = FakeAnswer(kind: .hang, status: 0, headers: [:], body: [])

    /// The connection is reset (RST).
    public static let reset = FakeAnswer(kind: .reset, status: 0, headers: [:], body: [])

    /// A head that promises the whole body, then this many bytes of it, then the connection is closed.
    public static func half(_ status: Int = 200, body: String, bytes: Int) -> FakeAnswer {
        FakeAnswer(kind: .half(bytes: bytes), status: status, headers: [:], body: Array(body.utf8))
    }
}
