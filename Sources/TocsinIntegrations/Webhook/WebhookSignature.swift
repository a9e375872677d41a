import Crypto
import Foundation
import TocsinConfiguration
import TocsinCore

/// Signs what is posted, so that its receiver can tell that it is from here, whole, and new: Standard Webhooks.
///
/// Settings: `signing_secrets` and `signing_secret`, each `whsec_` with a secret that the receiver has as well, or `whsk_`
/// with a private key of Ed25519 (32 bytes, or 64 with the public one behind it) whose public one the receiver has. All are
/// used, so that a receiver may change to a new one at its leisure.
///
/// Source: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.
struct WebhookSignature: Sendable {
    private enum Key: Sendable {
        case shared(SymmetricKey)
        case own(Curve25519.Signing.PrivateKey)
    }

    private let keys: [Key]

    /// Reads the settings; what is wrong is reported.
    init(_ reader: MappingReader) {
        var secrets = (reader.stringList("signing_secrets") ?? []).map { ($0, "signing_secrets") }
        if let one = reader.secretOrFile("signing_secret") { secrets.append((one.reveal(), "signing_secret")) }
        keys = secrets.compactMap { text, name in
            let key = WebhookSignature.key(text)
            if key == nil {
                reader.report(
                    "value_invalid",
                    "a signing secret is whsec_ with 24 to 64 bytes in Base64 behind it, or whsk_ with a key of Ed25519",
                    name: name)
            }
            return key
        }
    }

    private static func key(_ text: String) -> Key? {
        if text.hasPrefix("whsk_") {
            guard let data = Data(base64Encoded: String(text.dropFirst(5))), data.count == 32 || data.count == 64,
                let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: data.prefix(32)),
                data.count == 32 || key.publicKey.rawRepresentation == data.suffix(32)
            else { return nil }
            return .own(key)
        }
        let encoded = text.hasPrefix("whsec_") ? String(text.dropFirst(6)) : text
        guard let data = Data(base64Encoded: encoded), (24...64).contains(data.count) else { return nil }
        return .shared(SymmetricKey(data: data))
    }

    /// Names a request, and signs it if there is a key.
    ///
    /// - Parameter id: The same at every attempt.
    func sign(_ request: inout DeliveryRequest, id: String, now: Timestamp) {
        let own: Set = ["webhook-id", "webhook-timestamp", "webhook-signature"]
        request.headers.removeAll { own.contains($0.name.lowercased()) }
        request.headers.append(.init("webhook-id", Secret(id), isSecret: false))
        guard !keys.isEmpty else { return }
        let seconds = String(now.milliseconds / 1000)
        let message = Data("\(id).\(seconds).".utf8) + request.body
        let signatures = keys.compactMap { WebhookSignature.signature(of: message, by: $0) }
        request.headers.append(.init("webhook-timestamp", Secret(seconds), isSecret: false))
        request.headers.append(
            .init("webhook-signature", Secret(signatures.joined(separator: " ")), isSecret: false))
    }

    private static func signature(of message: Data, by key: Key) -> String? {
        switch key {
        case .shared(let key):
            "v1," + Data(HMAC<SHA256>.authenticationCode(for: message, using: key)).base64EncodedString()
        case .own(let key):
            (try? key.signature(for: message)).map { "v1a," + $0.base64EncodedString() }
        }
    }
}
