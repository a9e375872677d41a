import Crypto
import CryptoExtras
import Foundation
import TocsinAlerts
public import TocsinCore

/// A statement about who the sender is, signed with its key: RFC 7523.
public struct JWTAssertion: Sendable, Hashable {
    /// How it is signed, RFC 7518 section 3.3.
    public enum Algorithm: String, Sendable, Hashable, CaseIterable {
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        case rs256 = "RS256"
        /// RSASSA-PKCS1-v1_5 with SHA-384.
        case rs384 = "RS384"
        /// RSASSA-PKCS1-v1_5 with SHA-512.
        case rs512 = "RS512"
    }

    /// A claim, whose value is JSON.
    public struct Claim: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// Its value, as JSON.
        public let json: String

        /// Makes a claim.
        public init(_ name: String, json: String) {
            self.name = name
            self.json = json
        }

        /// Makes a claim that is a text.
        public init(_ name: String, _ text: String) {
            var writer = JSONWriter()
            writer.value(text)
            self.init(name, json: String(decoding: writer.bytes, as: UTF8.self))
        }
    }

    /// The RSA key in PEM form.
    public var key: Secret
    /// What the server knows the key by.
    public var keyID: String?
    /// How it is signed.
    public var algorithm = Algorithm.rs256
    /// All claims but those about time and number; of two with a name the later holds.
    public var claims: [Claim]
    /// For how long the statement holds.
    public var lifetime = Duration.seconds(600)

    /// Makes a statement.
    public init(key: Secret, claims: [Claim]) {
        self.key = key
        self.claims = claims
    }

    /// Whether the key can sign.
    public var isKeyUsable: Bool { (try? _RSA.Signing.PrivateKey(pemRepresentation: key.reveal())) != nil }

    /// All that the statement is made from.
    var parts: [String] {
        [key.reveal(), keyID ?? "", algorithm.rawValue, "\(lifetime.components.seconds)"]
            + claims.flatMap { [$0.name, $0.json] }
    }

    /// The signed statement in its compact form, RFC 7515 section 7.1.
    ///
    /// - Parameter id: The claim `jti`.
    func sign(now: Timestamp, id: String) throws -> String {
        let seconds = now.milliseconds / 1000
        let header = [Claim("alg", algorithm.rawValue), Claim("typ", "JWT")] + (keyID.map { [Claim("kid", $0)] } ?? [])
        let times = [
            Claim("jti", id), Claim("iat", json: "\(seconds)"),
            Claim("exp", json: "\(seconds + lifetime.components.seconds)"),
        ]
        let signed = JWTAssertion.encode(header) + "." + JWTAssertion.encode(times + claims)
        let privateKey = try _RSA.Signing.PrivateKey(pemRepresentation: key.reveal())
        let data = Data(signed.utf8)
        let signature =
            switch algorithm {
            case .rs256: try privateKey.signature(for: SHA256.hash(data: data), padding: .insecurePKCS1v1_5)
            case .rs384: try privateKey.signature(for: SHA384.hash(data: data), padding: .insecurePKCS1v1_5)
            case .rs512: try privateKey.signature(for: SHA512.hash(data: data), padding: .insecurePKCS1v1_5)
            }
        return signed + "." + JWTAssertion.base64(signature.rawRepresentation)
    }

    private static func encode(_ claims: [Claim]) -> String {
        let last = Dictionary(claims.map { ($0.name, $0.json) }) { $1 }
        var writer = JSONWriter()
        writer.object { writer in
            for (name, json) in last.sorted(by: { $0.key < $1.key }) {
                writer.name(name)
                writer.value(json: json.utf8)
            }
        }
        return base64(Data(writer.bytes))
    }

    /// Base64 for addresses, without padding: RFC 4648 section 5.
    private static func base64(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
