import TocsinCore
import TocsinTemplates

/// What a vendor answered.
public struct DeliveryResponse: Sendable {
    /// The status code.
    public let status: Int
    /// Names in small letters.
    public let headers: [(name: String, value: String)]
    /// The body, in bytes.
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
public struct FailureReason: Error, Hashable {
    /// A word that scripts can match.
    public let code: String
    /// May be empty; never holds what a vendor repeated of a message.
    public let detail: String

    /// Makes a reason.
    public init(_ code: String, detail: String = "") {
        self.code = code
        self.detail = detail
    }

    /// The attempt was called off by this process.
    public static let cancelled = FailureReason("cancelled")
    /// No answer came in time.
    public static let timeout = FailureReason("timeout")
    /// No connection could be made.
    public static let connectFailed = FailureReason("connect_failed")
    /// The connection broke before the answer.
    public static let connectionReset = FailureReason("connection_reset")
    /// TLS failed: the certificate, or the version.
    public static let tlsFailed = FailureReason("tls_failed")
    /// The proxy on the way would not, or it cannot be used.
    public static func proxyRefused(_ detail: String) -> FailureReason {
        FailureReason("proxy_refused", detail: detail)
    }
    /// The server led elsewhere again and again.
    public static let tooManyRedirects = FailureReason("too_many_redirects")
    /// There is no token to go with the request.
    ///
    /// - Parameter detail: Never holds a secret or a token.
    public static func oauth2Failed(_ detail: String) -> FailureReason {
        FailureReason("oauth2_failed", detail: detail)
    }
    /// The answer is none that the vendor documents.
    public static let invalidResponse = FailureReason("invalid_response")
    /// The vendor asks for patience.
    public static let rateLimited = FailureReason("rate_limited")
    /// The vendor may not be asked so often; nothing was sent.
    public static let paced = FailureReason("paced")
    /// No request can be made that the vendor would take.
    public static let vendorRefused = FailureReason("vendor_refused")

    /// A text of the receiver cannot be rendered for this notification.
    ///
    /// - Parameter place: Where in the template, and why, in words that hold nothing of the alerts.
    static func templateFailed(_ place: String) -> FailureReason { FailureReason("template_failed", detail: place) }

    /// Why no request could be made, from what ``Integration/request(for:attempt:now:)`` threw.
    public init(ofRequest error: any Error) {
        switch error {
        case let reason as FailureReason: self = reason
        case let error as TemplateError: self = .templateFailed(error.message)
        default: self = .vendorRefused
        }
    }

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
    /// The credentials are not taken: worth one more request with fresh ones where they can be fetched; otherwise as
    /// ``disable(reason:)``.
    case reauthenticate(reason: FailureReason)
    /// It is too large: worth sending in two halves; as ``reject(reason:)`` if it is a single alert.
    case split(reason: FailureReason)
}
