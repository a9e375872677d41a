import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// The secrets engine `transit` of OpenBao and HashiCorp Vault.
///
/// Settings: `url`, `key`, `mount` (`transit`), `namespace`, `token` or `token_file`, and `tls_config`.
///
/// Source: <https://openbao.org/api-docs/secret/transit/>.
struct TransitKeyService: KeyService {
    private static let name = "the transit engine"

    private let address: String
    private let key: String
    private let token: Secret
    private let namespace: String?
    private let client: ClientSettings

    init?(_ reader: MappingReader) {
        defer { reader.finish() }
        let url = reader.requiredString("url")
        let key = reader.requiredString("key")
        let mount = reader.string("mount") ?? "transit"
        namespace = reader.string("namespace")
        client = ClientSettings(reader)
        guard let token = reader.secretOrFile("token") else {
            reader.report("setting_missing", "'token' or 'token_file' is missing", name: "token")
            return nil
        }
        guard let url, let key else { return nil }
        guard let parts = URLComponents(string: url), let host = parts.host,
            parts.scheme == "https" || Self.isOwn(host),
            parts.query == nil
        else {
            reader.report("value_invalid", "expected an https:// address; http:// only on this machine", name: "url")
            return nil
        }
        guard Self.isName(key), mount.split(separator: "/").allSatisfy({ Self.isName(String($0)) }), !mount.isEmpty
        else {
            reader.report("value_invalid", "a name has letters, digits, '-', '_' and '.'", name: "key")
            return nil
        }
        address = (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/v1/" + mount
        self.key = key
        self.token = token
    }

    func newKey(now: Timestamp) throws -> DeliveryRequest {
        request("datakey/wrapped/\(key)") { $0.member("bits", 256) }
    }

    func unwrapping(_ wrapped: String, byAnyKey: Bool, now: Timestamp) throws -> DeliveryRequest {
        request("decrypt/\(key)") { $0.member("ciphertext", wrapped) }
    }

    func rewrapping(_ wrapped: String, now: Timestamp) throws -> DeliveryRequest {
        request("rewrap/\(key)") { $0.member("ciphertext", wrapped) }
    }

    func wrapped(in response: DeliveryResponse) -> Result<String, KeyServiceFailure> { member("ciphertext", response) }

    func key(in response: DeliveryResponse) -> Result<[UInt8], KeyServiceFailure> {
        member("plaintext", response).flatMap { text in
            guard let data = Data(base64Encoded: text) else { return .failure(.malformed(Self.name)) }
            return .success(Array(data))
        }
    }

    private func request(_ path: String, _ members: (inout JSONWriter) -> Void) -> DeliveryRequest {
        var writer = JSONWriter()
        writer.object(members)
        var headers: [DeliveryRequest.Header] = [
            .init("Content-Type", Secret("application/json"), isSecret: false),
            .secret("X-Vault-Token", token.reveal()),
        ]
        if let namespace { headers.append(.init("X-Vault-Namespace", Secret(namespace), isSecret: false)) }
        var request = DeliveryRequest(
            url: Secret("\(address)/\(path)"), headers: headers, body: writer.bytes, secrets: [token])
        request.client = client
        return request
    }

    private func member(_ name: String, _ response: DeliveryResponse) -> Result<String, KeyServiceFailure> {
        let whole = (try? JSONSerialization.jsonObject(with: Data(response.body))) as? [String: Any]
        guard response.status == 200 else {
            // Its words say what is wrong with the key, and never what it is.
            let words = (whole?["errors"] as? [String])?.first.map { String($0.prefix(120)) } ?? ""
            return .failure(.answered(response.status, words, by: Self.name))
        }
        guard let text = (whole?["data"] as? [String: Any])?[name] as? String else {
            return .failure(.malformed(Self.name))
        }
        return .success(text)
    }

    private static func isOwn(_ host: String) -> Bool { ["127.0.0.1", "localhost", "::1", "[::1]"].contains(host) }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && !text.hasPrefix(".")
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    }
}
