import Crypto
import Foundation
import Testing
import TocsinAlerts
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@Suite("Webhook")
struct WebhookTests {
    private func request(
        _ settings: String, _ notification: TocsinAlerts.Notification, now: Timestamp = GeneratedNotification.now
    ) throws -> DeliveryRequest {
        try MadeIntegration.make("webhook", "{url: 'https://h.example/x', \(settings)}").request(
            for: notification, attempt: 1, now: now)
    }

    @Test("Whatever is told, the body is what receivers of Alertmanager's webhooks read")
    func contract() throws {
        for round in 0..<12 {
            var random = SeededGenerator(seed: UInt64(round))
            let notification = try GeneratedNotification.make(&random)
            for settings in ["max_alerts: 0", "max_alerts: 2"] {
                let body = try request(settings, notification).body
                #expect(try Contract.violations("alertmanager-webhook", body) == [], "seed \(round) \(settings)")
            }
        }
    }

    @Test("A webhook is signed as the specification's own example is")
    func vector() throws {
        let whole = JSONValue(try JSONSerialization.jsonObject(with: Contract.data("vectors/signatures.json")))
        let vector = try #require(whole["vectors"]?.array?.first { $0["kind"]?.string == "standard-webhooks-v1" })
        let plain = try MadeIntegration.notification()
        let notification = TocsinAlerts.Notification(
            id: NotificationID(vector["id"]?.string ?? ""), tenant: plain.tenant, receiver: plain.receiver,
            groupKey: plain.groupKey, groupLabels: plain.groupLabels, alerts: plain.alerts, truncatedAlerts: 0,
            reason: plain.reason, externalURL: "", createdAt: plain.createdAt, sequence: 1)
        let seconds = Int64(vector["timestamp"]?.string ?? "") ?? 0
        let request = try request(
            "body: '\(vector["payload"]?.string ?? "")', content_type: application/json, signing_secret: \(vector["secret"]?.string ?? "")",
            notification, now: Timestamp(milliseconds: seconds * 1000))
        #expect(request.header("webhook-signature") == vector["expected"]?.string)
        #expect(request.header("webhook-id") == vector["id"]?.string)
        #expect(request.header("Content-Type") == "application/json")
    }

    @Test("Each secret and each key signs, so that a receiver may change from one to another")
    func rotation() throws {
        let own = Curve25519.Signing.PrivateKey()
        let long = own.rawRepresentation + own.publicKey.rawRepresentation
        let secrets = [
            "whsec_" + Data(repeating: 1, count: 24).base64EncodedString(),
            Data(repeating: 2, count: 64).base64EncodedString(), "whsk_" + own.rawRepresentation.base64EncodedString(),
            "whsk_" + long.base64EncodedString(),
        ]
        let request = try request(
            "signing_secrets: ['\(secrets.joined(separator: "', '"))']", MadeIntegration.notification())
        let signatures = try #require(request.header("webhook-signature")).split(separator: " ")
        #expect(signatures.map { $0.prefix { $0 != "," } } == ["v1", "v1", "v1a", "v1a"])
        let message = Data("0b1c.1800000000.".utf8) + request.body
        for signature in signatures.suffix(2) {
            let bytes = try #require(Data(base64Encoded: String(signature.dropFirst(4))))
            #expect(own.publicKey.isValidSignature(bytes, for: message))
        }
    }

    @Test(
        "What is no secret is told, and not shown",
        arguments: [
            "signing_secret: whsec_aHVudGVyMg==", "signing_secrets: [whsk_aHVudGVyMg==]",
            "signing_secret: 'whsk_\(Data(repeating: 3, count: 64).base64EncodedString())'", "body: x, payload: {a: b}",
            "content_type: text/plain", "encryption: {}", "encryption: {public_key: aHVudGVyMg==}",
            "encryption: {public_key: x, cipher: rot13}",
        ])
    func issues(settings: String) throws {
        let (made, issues) = try MadeIntegration.makeWithIssues("webhook", "{url: 'https://h.example', \(settings)}")
        #expect(made == nil && !issues.isEmpty)
        #expect(!"\(issues)".contains("aHVudGVyMg"))
    }

    @Test("The body may be any text")
    func text() throws {
        let request = try request(
            "method: PUT, body: '<{{ .Status }}>', content_type: text/xml, headers: {X-A: b}",
            MadeIntegration.notification())
        #expect(request.method == "PUT" && String(decoding: request.body, as: UTF8.self) == "<firing>")
        #expect(request.header("Content-Type") == "text/xml" && request.header("X-A") == "b")
    }

    @Test(
        "An encrypted body can be read with the receiver's key alone, and belongs to its message",
        arguments: [("aes-256-gcm", HPKE.AEAD.AES_GCM_256), ("chacha20-poly1305", .chaChaPoly)], [true, false])
    func encryption(cipher: (name: String, aead: HPKE.AEAD), isPEM: Bool) throws {
        let key = Curve25519.KeyAgreement.PrivateKey()
        let der =
            Data([0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x6E, 0x03, 0x21, 0x00])
            + key.publicKey.rawRepresentation
        let text =
            isPEM
            ? "\"-----BEGIN PUBLIC KEY-----\\n\(der.base64EncodedString())\\n-----END PUBLIC KEY-----\\n\""
            : key.publicKey.rawRepresentation.base64EncodedString()
        let secret = "whsec_" + Data(repeating: 1, count: 32).base64EncodedString()
        let settings =
            "encryption: {public_key: \(text), key_id: k1, cipher: \(cipher.name)}, signing_secret: \(secret)"
        let notification = try MadeIntegration.notification("hunter2")
        let request = try request(settings, notification)
        #expect(request.header("Content-Type") == "application/vnd.tocsin.hpke+json")
        #expect(!String(decoding: request.body, as: UTF8.self).contains("hunter2"))
        let envelope = try request.json()
        #expect(envelope["kid"] == .string("k1") && envelope["v"] == .number(1))
        let suite = HPKE.Ciphersuite(kem: .Curve25519_HKDF_SHA256, kdf: .HKDF_SHA256, aead: cipher.aead)
        func open(_ id: String) throws -> Data {
            var recipient = try HPKE.Recipient(
                privateKey: key, ciphersuite: suite, info: Data("tocsin webhook v1".utf8),
                encapsulatedKey: try #require(Data(base64Encoded: envelope["enc"]?.string ?? "")))
            return try recipient.open(
                try #require(Data(base64Encoded: envelope["ct"]?.string ?? "")),
                authenticating: Data("\(id)\napplication/json".utf8))
        }
        #expect(try open("0b1c") == Data(WebhookV4.encode(notification)))
        #expect(throws: (any Error).self) { try open("other") }
        let message = Array("0b1c.1800000000.".utf8) + request.body
        let code = HMAC<SHA256>.authenticationCode(
            for: message, using: SymmetricKey(data: Data(repeating: 1, count: 32)))
        #expect(request.header("webhook-signature") == "v1," + Data(code).base64EncodedString())
    }

    @Test("What reads encrypted bodies reads the examples of RFC 9180, appendix A.1 and A.2")
    func rfc9180() throws {
        let rows: [JSONValue] = try #require(
            JSONValue(try JSONSerialization.jsonObject(with: Contract.data("vectors/rfc9180-x25519.json")))["rows"]?
                .array)
        #expect(!rows.isEmpty)
        for row in rows {
            func bytes(_ name: String) throws -> Data {
                Data(try #require(Hexadecimal.decode(row[name]?.string ?? "")))
            }
            let aead: HPKE.AEAD =
                row["aead_id"] == .number(1) ? .AES_GCM_128 : row["aead_id"] == .number(2) ? .AES_GCM_256 : .chaChaPoly
            var recipient = try HPKE.Recipient(
                privateKey: Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes("skRm")),
                ciphersuite: HPKE.Ciphersuite(kem: .Curve25519_HKDF_SHA256, kdf: .HKDF_SHA256, aead: aead),
                info: bytes("info"), encapsulatedKey: bytes("enc"))
            #expect(try recipient.open(bytes("ct"), authenticating: bytes("aad")) == bytes("pt"))
        }
    }
}
