import TocsinCore

/// What a vendor answered.
public struct DeliveryResponse: Sendable {
    public let status: Int
    /// Names in small letters.
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]

    /// Makes a response.
    public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first value of a header; the name in small letters.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The body as text.
    var text: String { String(decoding: body, as: UTF8.self) }
}

/// Why an attempt did not deliver: a word for metrics and scripts, and more for people.
public struct FailureReason: Sendable, Hashable {
    public let code: String
    /// May be empty; never holds what a vendor repeated of a message.
    public let detail: String

    /// Makes a reason.
    public init(_ code: String, detail: String = "") {
        self.code = code
        self.detail = detail
    }

    public static let cancelled = FailureReason("cancelled")
    public static let timeout = FailureReason("timeout")
    public static let connectFailed = FailureReason("connect_failed")
    public static let connectionReset = FailureReason("connection_reset")
    public static let tlsFailed = FailureReason("tls_failed")
    public static let invalidResponse = FailureReason("invalid_response")
    public static let rateLimited = FailureReason("rate_limited")
    public static let vendorRefused = FailureReason("vendor_refused")

    /// The vendor answered with this status.
    static func status(_ status: Int, word: String = "") -> FailureReason {
        FailureReason("http_\(status)", detail: word)
    }
}

/// How an attempt ended.
public enum DeliveryOutcome: Sendable, Hashable {
    /// The vendor has it, and may have named it.
    case delivered(vendorID: String?)
    /// It may succeed later, not before the vendor's hint.
    case retry(after: Duration?, reason: FailureReason)
    /// It will never succeed.
    case reject(reason: FailureReason)
    /// Nothing will succeed until somebody changes the receiver.
    case disable(reason: FailureReason)
}
