import Crypto
import CryptoExtras
import Foundation
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@Suite("HTTP settings of receivers")
struct HTTPSettingsTests {
    private static let now = Timestamp(milliseconds: 1_800_000_000_000)

    /// What a webhook with these settings sends, and what is told of them.
    private func read(
        _ settings: String, files: [String: String] = [:]
    ) throws -> (request: DeliveryRequest?, issues: [String]) {
        let directory = try TemporaryDirectory()
        for (name, text) in files { try directory.write(text, to: name) }
        try directory.write(
            """
            acme:
              receivers:
                - name: r
                  channel_type: webhook
                  config:
                    url: "https://r.test/"
                    http_config: \(settings)
            """, to: "receivers.yaml")
        let main = try directory.write("", to: "tocsin.yaml")
        let (configuration, issues) = ConfigurationLoader.load(path: main, environment: [:])
        let tenant = try #require(configuration?.tenants.values.first, "\(issues)")
        let receiver = try #require(tenant.receivers.first)
        let found = IssueCollector()
        let integration = IntegrationRegistry.standard.make(
            receiver, tenant: tenant.id, issues: found,
            environment: SecretSource(environment: ["KEY": "hunter2"], baseDirectory: directory.path))
        let now = HTTPSettingsTests.now
        let notification = TocsinAlerts.Notification(
            id: NotificationID("0b1c"), tenant: tenant.id, receiver: "r", groupKey: "{}:{}",
            groupLabels: LabelSet([("alertname", "Disk")]), alerts: [], truncatedAlerts: 0,
            reason: .firstNotification, externalURL: "http://t", createdAt: now, sequence: 1)
        let request = try integration?.request(for: notification, attempt: 1, now: now)
        return (request, found.issues.map(\.message))
    }

    private func request(_ settings: String, files: [String: String] = [:]) throws -> DeliveryRequest {
        let (request, issues) = try read(settings, files: files)
        #expect(issues.isEmpty)
        return try #require(request)
    }

    private func values(_ request: DeliveryRequest, _ name: String) -> [String] {
        request.headers.filter { $0.name == name }.map { $0.value.reveal() }
    }

    @Test("headers come from values, secrets and files, in this order, and are not shown")
    func headers() throws {
        let request = try request(
            "{http_headers: {X-A: {values: [one, two], secrets: ['${KEY}'], files: [h]}, X-B: {files: [h]}}}",
            files: ["h": " three \n"])
        #expect(values(request, "X-A") == ["one", "two", "hunter2", "three"])
        #expect(values(request, "X-B") == ["three"])
        #expect(!request.masked().contains("hunter2"))
    }

    @Test(
        "credentials are inline or in files",
        arguments: [
            (
                "{basic_auth: {username: u, password: '${KEY}'}}",
                "Basic " + Data("u:hunter2".utf8).base64EncodedString()
            ),
            ("{basic_auth: {username_file: f, password_file: f}}", "Basic " + Data("x:x".utf8).base64EncodedString()),
            ("{authorization: {credentials: a}}", "Bearer a"),
            ("{authorization: {type: ' Token ', credentials_file: f}}", "Token x"), ("{bearer_token: b}", "Bearer b"),
            ("{bearer_token_file: f}", "Bearer x"),
        ])
    func credentials(settings: String, header: String) throws {
        #expect(try values(request(settings, files: ["f": "x\n"]), "Authorization") == [header])
    }

    @Test("TLS, proxy, redirects and HTTP/2 reach the request")
    func client() throws {
        let usual = try request("{enable_http2: false}").client
        #expect(usual == ClientSettings())
        let client = try request(
            """
            {follow_redirects: false, enable_http2: true, proxy_url: 'http://u:p@p.test:1', no_proxy: 'near.test',
             proxy_connect_header: {X-A: ['${KEY}']},
             tls_config: {ca: C, cert: D, key: '${KEY}', server_name: s.test, min_version: TLS12, max_version: TLS13,
              insecure_skip_verify: false}}
            """
        ).client
        #expect(client.speaksHTTP2 && !client.followsRedirects)
        #expect(client.tls.authorities == .inline(Secret("C")))
        #expect(client.tls.key == .inline(Secret("hunter2")))
        #expect(client.tls.serverName == "s.test")
        #expect(client.tls.minimum == .tls12 && client.tls.maximum == .tls13)
        var proxy = try Proxy("http://u:p@p.test:1")
        proxy.connectHeaders = [.init("X-A", Secret("hunter2"), isSecret: true)]
        #expect(client.proxy == .unless(ProxyExceptions("near.test"), proxy))
        #expect(try request("{proxy_from_environment: true}").client.proxy == .environment(connectHeaders: []))
    }

    @Test(
        "what cannot be, or is not, is told of",
        arguments: [
            (
                "{basic_auth: {username: a}, authorization: {credentials: b}}",
                "at most one of basic_auth, oauth2 & auth"
            ),
            ("{bearer_token: a, bearer_token_file: f}", "at most one of bearer_token & bearer_token_file"),
            ("{bearer_token: a, authorization: {credentials: b}}", "authorization is not compatible with"),
            ("{bearer_token: a, basic_auth: {}}", "at most one of basic_auth, oauth2, bearer_token"),
            ("{basic_auth: {password: a, password_file: f}}", "at most one of basic_auth password, password_file"),
            ("{basic_auth: {password_ref: a}}", "cannot use secret ref without manager"),
            ("{authorization: {type: BASIC, credentials: b}}", "authorization type cannot be set to \"basic\""),
            ("{http_headers: {Host: {values: [a]}}}", "setting header \"Host\" is not allowed"),
            ("{http_headers: {'a b': {values: [a]}}}", "a header's name has"),
            ("{http_headers: {X-A: {files: [nowhere]}}}", "the file nowhere cannot be read"),
            ("{http_headers: {X-A: {other: []}}}", "'other' is not a setting"),
            ("{no_proxy: a}", "if no_proxy is configured, proxy_url must also be configured"),
            ("{proxy_connect_header: {A: [b]}}", "if proxy_connect_header is configured"),
            ("{proxy_from_environment: true, no_proxy: a}", "if proxy_from_environment is configured, no_proxy"),
            ("{proxy_url: foo}", "a proxy is an address such as"), ("{proxy_url: 'https://p'}", "over TLS is not"),
            ("{tls_config: {cert: a}}", "exactly one of key or key_file must be configured when"),
            ("{tls_config: {key: a}}", "exactly one of cert or cert_file must be configured when"),
            ("{tls_config: {ca: a, ca_file: b}}", "at most one of ca, ca_file & ca_ref must be configured"),
            ("{tls_config: {min_version: TLS13, max_version: TLS12}}", "tls_config.max_version must be greater"),
            ("{tls_config: {max_version: TLS11}}", "TLS 1.2 is the oldest"),
            ("{tls_config: {min_version: TLS10}}", "TLS 1.2 is the oldest"),
            ("{tls_config: {min_version: SSL3}}", "unknown TLS version: SSL3"),
            ("{tls_config: {server_name: 10.0.0.1}}", "'server_name' must be a host name"),
            ("{tls_config: {insecure_skip_verify: true}}", "'insecure_skip_verify' has no effect"),
            ("{oauth2: {token_url: 'https://t'}}", "oauth2 client_id must be configured"),
            ("{oauth2: {client_id: a}}", "oauth2 token_url must be configured"),
            (
                "{oauth2: {client_id: a, token_url: 'https://t', client_secret: a, client_secret_file: f}}",
                "at most one"
            ),
            (
                "{oauth2: {client_id: a, token_url: 'https://t', grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer'}}",
                "'client_certificate_key' must be an RSA key"
            ), ("{other: 1}", "'other' is not a setting"),
        ])
    func issues(settings: String, message: String) throws {
        let issues = try read(settings, files: ["f": "x"]).issues
        #expect(issues.contains { $0.hasPrefix(message) || $0.contains(message) }, "\(issues)")
    }

    @Test("client credentials are asked for as Go's oauth2 package does")
    func oauth2() throws {
        let request = try request(
            """
            {oauth2: {client_id: 'a b', client_secret: '${KEY}/', token_url: 'https://t.test/x', scopes: [r, w],
             endpoint_params: {audience: 'u&v'}, proxy_url: 'http://p.test', tls_config: {ca: C}}}
            """)
        let credential = try #require(request.credential as? CredentialRequest)
        #expect(request.masked().contains("Authorization: ***"))
        #expect(request.maskedJSON().contains(#""Authorization":"***""#))
        let first = try credential.request(proof: 0, now: HTTPSettingsTests.now, id: "1")
        #expect(first.url.reveal() == "https://t.test/x")
        #expect(String(decoding: first.body, as: UTF8.self) == "audience=u%26v&grant_type=client_credentials&scope=r+w")
        #expect(values(first, "Authorization") == ["Basic " + Data("a+b:hunter2%2F".utf8).base64EncodedString()])
        #expect(first.client.tls.authorities == .inline(Secret("C")))
        #expect(try first.client.proxy == .always(Proxy("http://p.test")))
        let second = try credential.request(proof: 1, now: HTTPSettingsTests.now, id: "1")
        #expect(
            String(decoding: second.body, as: UTF8.self)
                == "audience=u%26v&client_id=a+b&client_secret=hunter2%2F&grant_type=client_credentials&scope=r+w")
        #expect(!"\(credential)".contains("hunter2"))
    }

    @Test("the key of a token tells requests apart, and nothing of their secrets")
    func cacheKey() throws {
        func key(_ change: (inout CredentialRequest) -> Void) -> String {
            var request = CredentialRequest(url: Secret("https://t"), form: [.init("a", Secret("b"))])
            change(&request)
            return request.cacheKey
        }
        let keys = [
            key { _ in }, key { $0.url = Secret("https://u") }, key { $0.form = [.init("a", Secret("c"))] },
            key { $0.form = [.init("ab", Secret(""))] }, key { $0.proofs = [.init(), .init()] },
            key { $0.assertion = JWTAssertion(key: Secret("k"), claims: []) },
            key { $0.assertion = JWTAssertion(key: Secret("k"), claims: [.init("a", "b")]) },
            key { $0.tokenMember = "id_token" },
        ]
        #expect(Set(keys).count == keys.count)
        #expect(key { _ in } == keys[0])
        #expect(keys.allSatisfy { $0.count == 64 })
    }

    @Test("a statement is signed with the key, for the token server", arguments: JWTAssertion.Algorithm.allCases)
    func assertion(algorithm: JWTAssertion.Algorithm) throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let credential = try #require(
            try request(
                """
                {oauth2: {client_id: me, grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', scopes: [r],
                 token_url: 'https://t.test/', client_certificate_key_file: k, client_certificate_key_id: '7',
                 signature_algorithm: \(algorithm.rawValue), claims: {sub: you, n: 5, ok: true, deep: [a, {b: c}]}}}
                """, files: ["k": key.pemRepresentation]
            ).credential as? CredentialRequest)
        let body = String(
            decoding: try credential.request(proof: 0, now: HTTPSettingsTests.now, id: "one").body, as: UTF8.self)
        #expect(body.hasSuffix("&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"))
        let parts = try #require(body.split(separator: "&").first?.dropFirst("assertion=".count)).split(separator: ".")
        try #require(parts.count == 3)
        func decode(_ text: Substring) throws -> Data {
            let plain = text.replacing("-", with: "+").replacing("_", with: "/")
            let padding = String(repeating: "=", count: (4 - plain.count % 4) % 4)
            return try #require(Data(base64Encoded: plain + padding))
        }
        let header = String(decoding: try decode(parts[0]), as: UTF8.self)
        #expect(header == #"{"alg":"\#(algorithm.rawValue)","kid":"7","typ":"JWT"}"#)
        #expect(
            String(decoding: try decode(parts[1]), as: UTF8.self)
                == #"{"aud":"https://t.test/","deep":["a",{"b":"c"}],"exp":1800000600,"iat":1800000000,"iss":"me","#
                + #""jti":"one","n":5,"ok":true,"scope":"r","sub":"you"}"#)
        let signed = Data("\(parts[0]).\(parts[1])".utf8)
        let signature = _RSA.Signing.RSASignature(rawRepresentation: try decode(parts[2]))
        let isRight =
            switch algorithm {
            case .rs256:
                key.publicKey.isValidSignature(signature, for: SHA256.hash(data: signed), padding: .insecurePKCS1v1_5)
            case .rs384:
                key.publicKey.isValidSignature(signature, for: SHA384.hash(data: signed), padding: .insecurePKCS1v1_5)
            case .rs512:
                key.publicKey.isValidSignature(signature, for: SHA512.hash(data: signed), padding: .insecurePKCS1v1_5)
            }
        #expect(isRight)
    }

    @Test(
        "the lifetime of a token is the server's, within reason",
        arguments: [
            (#""expires_in":600"#, 600, 540), (#""expires_in":"600""#, 600, 540), (#""expires_in":40"#, 40, 30),
            (#""x":1"#, 3600, 3540), (#""expires_in":-1"#, 3600, 3540), (#""expires_in":1e300"#, 2_592_000, 2_591_940),
        ])
    func lifetime(member: String, end: Int, renewal: Int) throws {
        let request = CredentialRequest(url: Secret("https://t"), form: [])
        let response = DeliveryResponse(
            status: 200, headers: [], body: Array(#"{"access_token":"a",\#(member)}"#.utf8))
        let token = try request.token(of: response, now: HTTPSettingsTests.now).get()
        #expect(token.end == HTTPSettingsTests.now + .seconds(end))
        #expect(token.renewal == HTTPSettingsTests.now + .seconds(renewal))
        #expect(!"\(token)".contains("\"a\""))
    }
}
