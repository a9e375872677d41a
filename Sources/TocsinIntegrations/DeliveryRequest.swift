import Foundation
import TocsinAlerts
public import TocsinCore

/// What a receiver is sent: one HTTP request, or lines for the console.
public struct DeliveryRequest: Sendable {
    /// Where it goes.
    public enum Destination: Sendable, Hashable {
        /// To ``DeliveryRequest/url``.
        case http
        /// To this process' standard output.
        case console
        /// To a submission server, as e-mail; the body is the message.
        case smtp(SMTPEnvelope)
    }

    /// A header.
    public struct Header: Sendable, Hashable {
        /// The name, as users write it.
        public let name: String
        /// The value.
        public let value: Secret
        /// Whether the value is hidden from people.
        public let isSecret: Bool

        /// Makes a header.
        public init(_ name: String, _ value: Secret, isSecret: Bool) {
            self.name = name
            self.value = value
            self.isSecret = isSecret
        }
    }

    /// Where it goes.
    public var destination = Destination.http
    /// The HTTP method.
    public var method = "POST"
    /// The whole address, which holds the secret of some vendors.
    public var url: Secret
    /// The headers, in their order.
    public var headers: [Header]
    /// The body, in bytes.
    public var body: [UInt8]
    /// How the server is spoken to.
    public var client = ClientSettings()
    /// What must be fetched before it can go, such as a token.
    public var credential: (any RequestCredential)?
    /// What must not be shown wherever it stands in the request.
    public var secrets: [Secret]
    /// How fast the vendor may be asked for what this asks; all of them must allow it.
    public var paces: [Pace] = []
    /// How many refusals the vendor takes before it refuses everybody.
    public var refusals: RefusalLimit?

    /// Makes a request.
    public init(
        destination: Destination = .http, method: String = "POST", url: Secret, headers: [Header], body: [UInt8],
        secrets: [Secret] = []
    ) {
        self.destination = destination
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.secrets = secrets
    }

    /// An e-mail.
    ///
    /// - Parameters:
    ///   - email: Where it goes, and for whom.
    ///   - tls: What TLS to the server needs.
    ///   - body: The message, with its headers.
    init(email: SMTPEnvelope, tls: ClientTLS, body: [UInt8], secrets: [Secret]) {
        self.init(
            destination: .smtp(email), method: "MAIL", url: Secret("smtp://\(email.host):\(email.port)"), headers: [],
            body: body, secrets: secrets)
        client.tls = tls
    }

    /// Scheme and host of the address; the rest may be a secret.
    public var maskedURL: String {
        guard let url = URL(string: url.reveal()), let scheme = url.scheme, let host = url.host else { return "" }
        let port = url.port.map { ":\($0)" } ?? ""
        return "\(scheme)://\(host)\(port)" + (url.path.isEmpty || url.path == "/" ? url.path : "/***")
    }

    private var maskedBody: String { masking(String(decoding: body, as: UTF8.self)) }

    /// A text with the request's secrets masked: vendors repeat in answers what they were sent.
    public func masking(_ text: String) -> String {
        let hidden = secrets + headers.filter(\.isSecret).map(\.value) + [url]
        return hidden.reduce(text) { text, secret in
            secret.reveal().isEmpty ? text : text.replacingOccurrences(of: secret.reveal(), with: "***")
        }
    }

    /// The request as it goes over the wire, with secrets masked.
    public func masked() -> String {
        switch destination {
        case .console: return maskedBody
        case .smtp(let envelope):
            return
                (["\(maskedURL)", "MAIL FROM:<\(envelope.from)>"]
                + envelope.recipients.map { "RCPT TO:<\($0)>" } + ["", maskedBody]).joined(separator: "\n")
        case .http: break
        }
        var lines = headers.map { "\($0.name): \($0.isSecret ? "***" : $0.value.reveal())" }
        if credential != nil { lines.append("Authorization: ***") }
        return (["\(method) \(maskedURL) HTTP/1.1"] + lines + ["", maskedBody]).joined(separator: "\n")
    }

    private var destinationName: String {
        switch destination {
        case .http: "http"
        case .console: "console"
        case .smtp: "smtp"
        }
    }

    /// The request as JSON, with secrets masked.
    public func maskedJSON() -> String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("destination", destinationName)
            writer.member("method", method)
            writer.member("url", maskedURL)
            writer.name("headers")
            writer.object { writer in
                for header in headers { writer.member(header.name, header.isSecret ? "***" : header.value.reveal()) }
                if credential != nil { writer.member("Authorization", "***") }
            }
            writer.member("body", maskedBody)
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
