import Crypto
import Foundation
import TocsinCore

/// Signs requests to AWS with an access key: Signature Version 4.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
struct AWSSignature: Sendable {
    let accessKey: String
    let secretKey: Secret
    let region: String
    let service: String

    /// The headers that a request needs besides the ones that are signed with it.
    ///
    /// - Parameters:
    ///   - path: Escaped, as it goes over the wire.
    ///   - headers: What else is signed; the names in small letters.
    func headers(
        method: String, host: String, path: String, query: String = "", headers: [(name: String, value: String)],
        body: [UInt8], now: Timestamp
    ) -> [DeliveryRequest.Header] {
        let time = AWSSignature.time(now)
        let signed = (headers + [("host", host), ("x-amz-date", time)]).sorted { $0.name < $1.name }
        let names = signed.map(\.name).joined(separator: ";")
        let lines = signed.map { "\($0.name):\($0.value)\n" }.joined()
        let canonical = [method, path, query, lines, names, Hexadecimal.encode(SHA256.hash(data: body))]
            .joined(separator: "\n")
        let scope = "\(time.prefix(8))/\(region)/\(service)/aws4_request"
        let digest = Hexadecimal.encode(SHA256.hash(data: Array(canonical.utf8)))
        let signature = sign(["AWS4-HMAC-SHA256", time, scope, digest].joined(separator: "\n"), day: time.prefix(8))
        let credential = "Credential=\(accessKey)/\(scope)"
        return [
            .init("X-Amz-Date", Secret(time), isSecret: false),
            .secret(
                "Authorization",
                "AWS4-HMAC-SHA256 \(credential), SignedHeaders=\(names), Signature=\(signature)"),
        ]
    }

    private func sign(_ text: String, day: Substring) -> String {
        var key = SymmetricKey(data: Array(("AWS4" + secretKey.reveal()).utf8))
        for part in [String(day), region, service, "aws4_request"] {
            key = SymmetricKey(data: Data(HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key)))
        }
        return Hexadecimal.encode(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }

    /// `20260102T030405Z`.
    private static func time(_ now: Timestamp) -> String {
        now.rfc3339Milliseconds.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }
}
