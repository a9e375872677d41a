import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// AWS Key Management Service.
///
/// Settings: `key_id` (an id, ARN or alias), `endpoint`, and those of `sigv4`.
///
/// Source: <https://docs.aws.amazon.com/kms/latest/APIReference/Welcome.html>.
struct AWSKeyService: KeyService {
    private static let name = "AWS KMS"
    /// Bound to what it wraps, so that nothing else that the key has encrypted is taken for a root key.
    private static let context = ["tocsin": "root-key"]

    private let aws: AWSSettings
    private let keyID: String
    private let address: String

    init?(_ reader: MappingReader) {
        let keyID = reader.requiredString("key_id")
        let endpoint = reader.string("endpoint").flatMap { $0.isEmpty ? nil : $0 }
        guard let aws = AWSSettings(reader), let keyID else { return nil }
        self.aws = aws
        self.keyID = keyID
        address = endpoint.map { $0.hasSuffix("/") ? $0 : $0 + "/" } ?? aws.address("kms")
    }

    func newKey(now: Timestamp) throws -> DeliveryRequest {
        try request(
            "GenerateDataKeyWithoutPlaintext",
            ["KeyId": keyID, "KeySpec": "AES_256", "EncryptionContext": Self.context], now: now)
    }

    func unwrapping(_ wrapped: String, byAnyKey: Bool, now: Timestamp) throws -> DeliveryRequest {
        var members: [String: Any] = ["CiphertextBlob": wrapped, "EncryptionContext": Self.context]
        if !byAnyKey { members["KeyId"] = keyID }
        return try request("Decrypt", members, now: now)
    }

    func rewrapping(_ wrapped: String, now: Timestamp) throws -> DeliveryRequest {
        try request(
            "ReEncrypt",
            [
                "CiphertextBlob": wrapped, "SourceEncryptionContext": Self.context, "DestinationKeyId": keyID,
                "DestinationEncryptionContext": Self.context,
            ], now: now)
    }

    func wrapped(in response: DeliveryResponse) -> Result<String, KeyServiceFailure> {
        member("CiphertextBlob", response)
    }

    func key(in response: DeliveryResponse) -> Result<[UInt8], KeyServiceFailure> {
        member("Plaintext", response).flatMap { text in
            guard let data = Data(base64Encoded: text) else { return .failure(.malformed(Self.name)) }
            return .success(Array(data))
        }
    }

    private func request(_ action: String, _ members: [String: Any], now: Timestamp) throws -> DeliveryRequest {
        let body = try JSONSerialization.data(withJSONObject: members, options: .sortedKeys)
        var request = DeliveryRequest(
            url: Secret(address),
            headers: [
                .init("Content-Type", Secret("application/x-amz-json-1.1"), isSecret: false),
                .init("X-Amz-Target", Secret("TrentService.\(action)"), isSecret: false),
            ], body: Array(body))
        aws.authorize(&request, for: "kms", now: now)
        return request
    }

    private func member(_ name: String, _ response: DeliveryResponse) -> Result<String, KeyServiceFailure> {
        guard response.status == 200 else {
            let code = AWSAnswer.code(response)
            let isForbidden = code.contains("AccessDenied") || code.contains("Signature") || code.contains("Token")
            return .failure(.answered(isForbidden ? 403 : response.status, code, by: Self.name))
        }
        let whole = (try? JSONSerialization.jsonObject(with: Data(response.body))) as? [String: Any]
        guard let text = whole?[name] as? String else { return .failure(.malformed(Self.name)) }
        return .success(text)
    }
}
