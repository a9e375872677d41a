import Crypto
import CryptoExtras
import Foundation
import Testing
import TocsinAlerts
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@Suite("Google Cloud Pub/Sub")
struct PubSubTests {
    private func request(_ settings: String, _ notification: TocsinAlerts.Notification) throws -> DeliveryRequest {
        try MadeIntegration.make("gcp_pubsub", settings).request(
            for: notification, attempt: 1, now: GeneratedNotification.now)
    }

    /// The schema's pattern for Base64 is too much for megabytes of it, which are looked at here instead.
    private func violations(_ request: DeliveryRequest) throws -> [String] {
        let whole = try JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]
        let messages = (whole?["messages"] as? [[String: Any]] ?? []).map { message in
            var message = message
            let data = (message["data"] as? String).flatMap { Data(base64Encoded: $0) } ?? Data()
            message["data"] = data.isEmpty ? "?" : "eA=="
            return message
        }
        let body = try JSONSerialization.data(withJSONObject: ["messages": messages])
        return try Contract.violations("gcp-pubsub", Array(body))
    }

    @Test("Every request is one that Pub/Sub takes", arguments: 1...20 as ClosedRange<UInt64>)
    func generated(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let notification = try GeneratedNotification.make(&random)
        for more in [
            "", "per_alert: true, attributes: {receiver: '{{ .Receiver }}', s: '{{ .CommonAnnotations.summary }}'}, ",
        ] {
            let made = try MadeIntegration.make("gcp_pubsub", "{\(more)project: p, topic: alerts}")
            let ok = Array(repeating: DeliveryResponse.answer(200, #"{"messageIds":["1"]}"#), count: 50)
            let walk = try Walk(made, MadeIntegration.delivery(notification), answers: ok)
            for request in walk.requests {
                #expect(request.body.count <= 10 << 20, "seed \(seed)")
                #expect(try violations(request) == [], "seed \(seed)")
                for message in try request.json()["messages"]?.array ?? [] {
                    let values = (message["attributes"]?.object ?? [:]).values
                    #expect(values.allSatisfy { ($0.string ?? "").utf8.count <= 1024 })
                }
            }
            #expect(walk.outcome == .delivered(vendorID: "1"), "seed \(seed)")
        }
    }

    @Test("A request is that of Google's library")
    func golden() throws {
        let golden = JSONValue(try JSONSerialization.jsonObject(with: Contract.data("goldens/gcp-pubsub-publish.json")))
        let request = try request("{project: p, topic: alerts}", MadeIntegration.notification())
        let path = (golden["target"]?.string ?? "").split(separator: "?").first.map(String.init) ?? ""
        #expect(request.url.reveal() == "https://" + (golden["real_host"]?.string ?? "") + path)
        let (made, sent) = (try request.json()["messages"]?[0]?.object, golden["body_json"]?["messages"]?[0]?.object)
        #expect(Set(made?.keys.map(\.self) ?? []) == Set(sent?.keys.map(\.self) ?? [""]))
        let data = Data(base64Encoded: made?["data"]?.string ?? "")
        let body = JSONValue(try JSONSerialization.jsonObject(with: try #require(data)))
        #expect(body["version"] == .string("4") && made?["attributes"]?["status"] == .string("firing"))
        let region = try self.request(
            "{topic: projects/p/topics/t, region: europe-west3, ordering: false}", MadeIntegration.notification())
        #expect(region.url.reveal() == "https://pubsub.europe-west3.rep.googleapis.com/v1/projects/p/topics/t:publish")
        #expect(try region.json()["messages"]?[0]?["orderingKey"] == nil)
    }

    @Test("A service account proves who it is by a statement that its key signed")
    func account() throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let directory = try TemporaryDirectory()
        let json = try JSONSerialization.data(withJSONObject: [
            "type": "service_account", "private_key_id": "k1", "private_key": key.pemRepresentation,
            "client_email": "a@p.iam.gserviceaccount.com", "token_uri": "https://oauth2.googleapis.com/token",
        ])
        let file = try directory.write(String(decoding: json, as: UTF8.self), to: "account.json")
        let made = try request(
            "{project: p, topic: t, service_account_file: '\(file)'}", MadeIntegration.notification())
        let credential = try #require(made.credential)
        guard case .send(let asked) = try credential.next(CredentialFetching(now: GeneratedNotification.now, id: "n1"))
        else {
            Issue.record("nothing is asked")
            return
        }
        #expect(asked.url.reveal() == "https://oauth2.googleapis.com/token")
        let body = String(decoding: asked.body, as: UTF8.self)
        #expect(body.contains("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"))
        let statement = try #require(body.split(separator: "&").first { $0.hasPrefix("assertion=") }?.dropFirst(10))
        let parts = statement.split(separator: ".").map(String.init)
        func decoded(_ text: String) -> Data? {
            let plain = text.replacing("-", with: "+").replacing("_", with: "/")
            return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.count % 4) % 4))
        }
        let header = JSONValue(try JSONSerialization.jsonObject(with: #require(decoded(parts[0]))))
        let claims = JSONValue(try JSONSerialization.jsonObject(with: #require(decoded(parts[1]))))
        #expect(header["alg"] == .string("RS256") && header["kid"] == .string("k1"))
        #expect(claims["iss"] == .string("a@p.iam.gserviceaccount.com"))
        #expect(claims["scope"] == .string("https://www.googleapis.com/auth/pubsub"))
        #expect(claims["aud"] == .string("https://oauth2.googleapis.com/token"))
        #expect(claims["exp"] == .number(1_800_003_600) && claims["iat"] == .number(1_800_000_000))
        let signature = _RSA.Signing.RSASignature(rawRepresentation: try #require(decoded(parts[2])))
        let digest = SHA256.hash(data: Data((parts[0] + "." + parts[1]).utf8))
        #expect(key.publicKey.isValidSignature(signature, for: digest, padding: .insecurePKCS1v1_5))
        let answer = DeliveryResponse.answer(200, #"{"access_token":"ya29.x","expires_in":3599,"token_type":"Bearer"}"#)
        var fetching = CredentialFetching(now: GeneratedNotification.now, id: "n1")
        fetching.answers = [answer]
        guard case .fetched(let fetched, _) = try credential.next(fetching) else {
            Issue.record("no token")
            return
        }
        var request = made
        credential.apply(fetched, to: &request, now: GeneratedNotification.now)
        #expect(request.header("Authorization") == "Bearer ya29.x")
    }

    @Test("Without a service account the machine's own is asked for")
    func machine() throws {
        let credential = try #require(try request("{project: p, topic: t}", MadeIntegration.notification()).credential)
        guard case .send(let asked) = try credential.next(CredentialFetching(now: GeneratedNotification.now, id: "1"))
        else {
            Issue.record("nothing is asked")
            return
        }
        #expect(asked.method == "GET" && asked.header("Metadata-Flavor") == "Google")
        #expect(asked.url.reveal().hasPrefix("http://metadata.google.internal/computeMetadata/v1/"))
    }
}
