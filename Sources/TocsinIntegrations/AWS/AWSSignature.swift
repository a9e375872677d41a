import Crypto
import Foundation
import TocsinCore

/// Signs requests to AWS with an access key: Signature Version 4.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
struct AWSSignature: Sendable {
    let keys: AWSKeys
    let region: String
    let service: String

    /// A request as it is signed: the method, the target, the headers and the hash of the body in a form of their own.
    struct Canonical: Sendable {
        /// The names of the headers in it, as `SignedHeaders` says them.
        let signedHeaders: String
        /// The whole form.
        let text: String

        /// - Parameters:
        ///   - target: The path and the query as they go over the wire.
        ///   - headers: In their order; one of several may stand twice.
        ///   - normalizesPath: Whether `.`, `..` and empty parts are taken out of the path, as all services but S3 do.
        init(
            method: String, target: String, headers: [(name: String, value: String)], body: [UInt8],
            normalizesPath: Bool = true
        ) {
            var values: [String: [String]] = [:]
            for header in headers {
                let words = header.value.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                values[header.name.lowercased(), default: []].append(words)
            }
            let names = values.keys.sorted()
            signedHeaders = names.joined(separator: ";")
            let lines = names.map { "\($0):\((values[$0] ?? []).joined(separator: ","))\n" }.joined()
            let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let path = normalizesPath ? Canonical.normal(parts[0]) : parts[0]
            text = [
                method, URLEscaping.component(path, keeping: "/"), Canonical.query(parts.count > 1 ? parts[1] : ""),
                lines,
                signedHeaders, Hexadecimal.encode(SHA256.hash(data: body)),
            ].joined(separator: "\n")
        }

        /// RFC 3986 section 5.2.4.
        private static func normal(_ path: String) -> String {
            var parts: [Substring] = []
            for part in path.split(separator: "/") where part != "." {
                if part == ".." { _ = parts.popLast() } else { parts.append(part) }
            }
            return "/" + parts.joined(separator: "/") + (path.hasSuffix("/") && !parts.isEmpty ? "/" : "")
        }

        private static func query(_ query: String) -> String {
            func escaped(_ text: Substring) -> String {
                URLEscaping.component(text.removingPercentEncoding ?? String(text))
            }
            let members = query.split(separator: "&").map { member in
                let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (escaped(parts[0]), parts.count > 1 ? escaped(parts[1]) : "")
            }
            return members.sorted { $0 < $1 }.map { $0.0 + "=" + $0.1 }.joined(separator: "&")
        }
    }

    /// Signs a request's address, content type, body and `X-Amz-` headers; the others may change on the way.
    func sign(_ request: inout DeliveryRequest, now: Timestamp) {
        let time = AWSSignature.time(now)
        request.headers.removeAll {
            ["authorization", "x-amz-date", "x-amz-security-token"].contains($0.name.lowercased())
        }
        request.headers.append(.init("X-Amz-Date", Secret(time), isSecret: false))
        if let token = keys.sessionToken { request.headers.append(.secret("X-Amz-Security-Token", token.reveal())) }
        let (host, target) = AWSSignature.place(request.url)
        let signed = request.headers.filter {
            let name = $0.name.lowercased()
            return name == "content-type" || name.hasPrefix("x-amz-")
        }
        let canonical = Canonical(
            method: request.method, target: target,
            headers: [("host", host)] + signed.map { ($0.name, $0.value.reveal()) }, body: request.body)
        let scope = scope(time)
        request.headers.append(
            .secret(
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=\(keys.accessKey)/\(scope), SignedHeaders=\(canonical.signedHeaders), "
                    + "Signature=\(signature(of: canonical, time: time))"))
    }

    /// What is signed in the end: the time, the scope, and the hash of the request's form.
    func stringToSign(_ canonical: Canonical, time: String) -> String {
        let digest = Hexadecimal.encode(SHA256.hash(data: Array(canonical.text.utf8)))
        return ["AWS4-HMAC-SHA256", time, scope(time), digest].joined(separator: "\n")
    }

    /// The signature, in hexadecimal.
    func signature(of canonical: Canonical, time: String) -> String {
        var key = SymmetricKey(data: Array(("AWS4" + keys.secretKey.reveal()).utf8))
        for part in [String(time.prefix(8)), region, service, "aws4_request"] {
            key = SymmetricKey(data: Data(HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key)))
        }
        let text = Array(stringToSign(canonical, time: time).utf8)
        return Hexadecimal.encode(HMAC<SHA256>.authenticationCode(for: text, using: key))
    }

    private func scope(_ time: String) -> String { "\(time.prefix(8))/\(region)/\(service)/aws4_request" }

    /// The `Host` header and the target that the request will have.
    private static func place(_ address: Secret) -> (host: String, target: String) {
        guard let url = URLComponents(string: address.reveal()), let host = url.host else { return ("", "/") }
        let usual = url.scheme == "https" ? 443 : 80
        let port = url.port.flatMap { $0 == usual ? nil : ":\($0)" } ?? ""
        let path = url.percentEncodedPath.isEmpty ? "/" : url.percentEncodedPath
        return (host + port, path + (url.percentEncodedQuery.map { "?" + $0 } ?? ""))
    }

    /// `20260102T030405Z`.
    static func time(_ now: Timestamp) -> String {
        now.rfc3339Milliseconds.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }
}
