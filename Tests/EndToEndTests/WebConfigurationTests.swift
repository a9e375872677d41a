import Foundation
import Testing
import TocsinTesting

/// `--web.config.file` as its users meet it: curl and amtool over TLS, with passwords and certificates.
@Suite("The file that guards the door", .timeLimit(.minutes(8)))
struct WebConfigurationTests {
    /// The bcrypt hash of `first`, of the lowest cost.
    private static let first = "$2y$04$abcdefghijklmnopqrstuOX0zrcUVXD/WsUHQrbe5IWk7WFsoRtsi"
    /// That of `second`.
    private static let second = "$2b$04$abcdefghijklmnopqrstuO9aV3xVc2p/FRik15t3BJxyDXgsjZ5wO"

    /// A server behind a web configuration.
    private final class Server: Sendable {
        let directory: TemporaryDirectory
        let process: ChildProcess
        let port: Int
        let certificates: TestCertificates

        /// - Parameter web: The file, where `CERT`, `KEY` and `CA` stand for paths.
        init(_ web: String, arguments: [String] = [], certificates: TestCertificates) async throws {
            self.certificates = certificates
            directory = try TemporaryDirectory()
            let file = try directory.write("route: {receiver: x}\nreceivers: [{name: x}]\n", to: "alertmanager.yml")
            let webFile = directory.file("web.yml")
            port = try FreePort.find()
            try WebConfigurationTests.write(web, in: directory, certificates)
            process = try ChildProcess(
                Deployment.executable,
                [
                    "alertmanager", "--config.file", file, "--storage.path", directory.file("data"),
                    "--web.listen-address=127.0.0.1:\(port)", "--cluster.listen-address=", "--web.config.file", webFile,
                ] + arguments)
            try await process.waitForLine(containing: "alerts are taken")
            try await process.waitForLine(containing: "Redis is ready")
        }

        func rewrite(_ web: String) throws { try WebConfigurationTests.write(web, in: directory, certificates) }

        func curl(
            _ path: String = "/api/v2/status", scheme: String = "https", _ arguments: String...
        ) async throws -> Answer { try await curl(path, scheme: scheme, arguments) }

        /// Asks with curl; the answer's status is the last line.
        func curl(_ path: String, scheme: String = "https", _ arguments: [String]) async throws -> Answer {
            let process = try ChildProcess(
                "curl",
                [
                    "-s", "-i", "-m", "20", "--cacert", certificates.authorityFile, "-w",
                    "\n%{http_code} %{http_version}",
                    "\(scheme)://localhost:\(port)\(path)", "--resolve", "localhost:\(port):127.0.0.1",
                ] + arguments)
            let ending = try await process.waitForEnd()
            return Answer(ending: ending, lines: process.lines(.output))
        }
    }

    private struct Answer {
        let ending: ChildProcess.Ending
        let lines: [String]

        var status: Int { lines.last.flatMap { $0.split(separator: " ").first }.flatMap { Int($0) } ?? 0 }
        var version: String { lines.last.flatMap { $0.split(separator: " ").last }.map(String.init) ?? "" }

        func header(_ name: String) -> [String] {
            lines.filter { $0.lowercased().hasPrefix(name + ":") }
                .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespacesAndNewlines) }
        }
    }

    private static func write(
        _ web: String, in directory: TemporaryDirectory, _ certificates: TestCertificates
    ) throws {
        for (name, file) in [("cert.pem", certificates.certificateFile), ("key.pem", certificates.keyFile)] {
            try directory.write(try String(contentsOfFile: file, encoding: .utf8), to: name)
        }
        let text = web.replacingOccurrences(of: "FIRST_HASH", with: first)
            .replacingOccurrences(of: "SECOND_HASH", with: second)
            .replacingOccurrences(of: "CA_FILE", with: certificates.authorityFile)
        try directory.write(text, to: "web.yml")
    }

    private static let tls = "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n"

    @Test("users come in with their password over TLS, others see 401, and a changed file counts at once")
    func users() async throws {
        let server = try await Server(
            WebConfigurationTests.tls + "basic_auth_users: {ops: FIRST_HASH}\n", certificates: TestCertificates())
        for login in [[], ["-u", "ops:wrong"], ["-u", "nobody:first"], ["-u", ":"]] {
            let answer = try await server.curl("/api/v2/status", login)
            #expect(answer.status == 401 && answer.header("www-authenticate") == ["Basic"], "\(answer.lines)")
            #expect(answer.lines.contains("Unauthorized"))
        }
        let good = try await server.curl("/api/v2/status", "-u", "ops:first")
        #expect(good.status == 200 && good.version == "2", "\(good.lines)")
        #expect(try await server.curl("/api/v2/status", "-u", "ops:first", "--http1.1").version == "1.1")
        let body = #"[{"labels":{"alertname":"Guarded"}}]"#
        let posted = try await server.curl(
            "/api/v2/alerts", "-u", "ops:first", "-d", body, "-H", "Content-Type: application/json")
        #expect(posted.status == 200, "\(posted.lines)")
        #expect(try await amtool(server, password: "first").output.contains("Guarded"))
        let large = try server.directory.write(String(repeating: " ", count: 4 << 20), to: "large.json")
        #expect(try await server.curl("/api/v2/alerts", "-u", "ops:wrong", "--data-binary", "@" + large).status == 401)
        try server.rewrite(WebConfigurationTests.tls + "basic_auth_users: {ops: SECOND_HASH}\n")
        #expect(try await server.curl("/api/v2/status", "-u", "ops:first").status == 401)
        #expect(try await server.curl("/api/v2/status", "-u", "ops:second").status == 200)
        #expect(try await amtool(server, password: "first").ending != .exit(0))
        try server.rewrite("basic_auth_users: [this is no mapping]\n")
        #expect(try await server.curl("/api/v2/status", "-u", "ops:second").ending != .exit(0))
        #expect(try await server.process.terminate() == .exit(0))
    }

    private func amtool(
        _ server: Server, password: String
    ) async throws -> (ending: ChildProcess.Ending, output: String) {
        let file = try server.directory.write(
            "basic_auth: {username: ops, password: \(password)}\n"
                + "tls_config: {ca_file: \(server.certificates.authorityFile)}\n", to: "client.yml")
        let process = try ChildProcess(
            "amtool",
            ["--alertmanager.url", "https://localhost:\(server.port)", "--http.config.file", file, "alert", "query"])
        return (try await process.waitForEnd(), process.lines(.output).joined(separator: "\n"))
    }

    @Test("a certificate that is renewed is used from the next connection on, and a broken one by none")
    func renewal() async throws {
        let (old, new) = (try TestCertificates(), try TestCertificates())
        let server = try await Server(WebConfigurationTests.tls, certificates: old)
        #expect(try await server.curl().status == 200)
        for file in ["cert.pem", "key.pem"] {
            let source = file == "cert.pem" ? new.certificateFile : new.keyFile
            try server.directory.write(try String(contentsOfFile: source, encoding: .utf8), to: file)
        }
        #expect(try await server.curl().ending != .exit(0))
        #expect(try await server.curl("/api/v2/status", "--cacert", new.authorityFile).status == 200)
        try server.directory.write("no key", to: "key.pem")
        #expect(try await server.curl("/api/v2/status", "--cacert", new.authorityFile).ending != .exit(0))
        try server.directory.write(try String(contentsOfFile: new.keyFile, encoding: .utf8), to: "key.pem")
        #expect(try await server.curl("/api/v2/status", "--cacert", new.authorityFile).status == 200)
        #expect(try await server.process.terminate() == .exit(0))
    }

    @Test("a client's certificate is demanded, checked and its name looked at")
    func clientCertificates() async throws {
        let (certificates, others) = (try TestCertificates(), try TestCertificates())
        let own = try certificates.makeClient(names: ["DNS:prometheus.example", "IP:10.0.0.1"])
        let stranger = try others.makeClient(names: ["DNS:prometheus.example"])
        func file(_ policy: String, _ more: String = "") -> String {
            "tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_auth_type: \(policy)\(more)}\n"
        }
        let authority = ", client_ca_file: CA_FILE"
        let server = try await Server(file("RequireAndVerifyClientCert", authority), certificates: certificates)
        let rows: [(web: String, none: Bool, own: Bool, stranger: Bool)] = [
            (file("RequireAndVerifyClientCert", authority), false, true, false),
            (file("VerifyClientCertIfGiven", authority), true, true, false),
            (file("RequireAnyClientCert"), false, true, true),
            (file("RequestClientCert"), true, true, true),
            (file("RequireAndVerifyClientCert", authority + ", client_allowed_sans: [10.0.0.1]"), false, true, false),
            (file("RequireAndVerifyClientCert", authority + ", client_allowed_sans: [a.example]"), false, false, false),
            (file("NoClientCert"), true, true, true),
        ]
        for row in rows {
            try server.rewrite(row.web)
            for (client, isWelcome) in [(nil, row.none), (own, row.own), (stranger, row.stranger)] {
                let answer =
                    if let client {
                        try await server.curl("/-/ready", "--cert", client.certificateFile, "--key", client.keyFile)
                    } else { try await server.curl("/-/ready") }
                #expect((answer.status == 200) == isWelcome, "\(row.web) \(answer.lines)")
            }
        }
        withExtendedLifetime(others) {}
        #expect(try await server.process.terminate() == .exit(0))
    }

    @Test("versions, ciphers and HTTP/2 are those that the file names")
    func settings() async throws {
        let server = try await Server(
            """
            tls_server_config: {cert_file: cert.pem, key_file: key.pem, max_version: TLS12,
              cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384], curve_preferences: [CurveP256]}
            http_server_config: {http2: false}
            """, certificates: TestCertificates())
        let answer = try await server.curl()
        #expect(answer.status == 200 && answer.version == "1.1", "\(answer.lines)")
        #expect(try await server.curl("/", "--tlsv1.3").ending != .exit(0))
        #expect(try await server.curl("/", "--ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256").ending != .exit(0))
        #expect(try await server.curl("/", "--curves", "X25519").ending != .exit(0))
        #expect(try await server.process.terminate() == .exit(0))
    }

    @Test("without TLS there are still headers, users and a limit")
    func plain() async throws {
        let server = try await Server(
            """
            http_server_config: {headers: {X-Frame-Options: deny, X-XSS-Protection: 1}}
            basic_auth_users: {ops: FIRST_HASH}
            rate_limit: {interval: 1h, burst: 3}
            """, certificates: TestCertificates())
        let refused = try await server.curl("/-/ready", scheme: "http")
        #expect(refused.status == 401 && refused.header("x-frame-options") == ["deny"], "\(refused.lines)")
        let answer = try await server.curl("/-/ready", scheme: "http", "-u", "ops:first")
        #expect(answer.status == 200 && answer.header("x-xss-protection") == ["1"], "\(answer.lines)")
        #expect(try await server.curl("/-/ready", scheme: "http", "-u", "ops:first").status == 200)
        #expect(try await server.curl("/-/ready", scheme: "http", "-u", "ops:first").status == 429)
        #expect(try await server.process.terminate() == .exit(0))
    }

    @Test("Tocsin's own configuration can name such a file too")
    func native() async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("http_server_config: {headers: {X-Frame-Options: deny}}\n", to: "web.yml")
        let deployment = try Deployment(
            tenants: "acme:\n  receivers: [{name: x, channel_type: console}]\n", server: "  web_config_file: \(file)\n")
        let (node, port) = try await deployment.startServe()
        let answer = try #require(await HTTP.get("http://127.0.0.1:\(port)/-/ready"))
        #expect(answer.status == 200 && answer.headers["X-Frame-Options"] == "deny")
        #expect(try await node.terminate() == .exit(0))
    }

    private static let badFiles: [(web: String, message: String)] = [
        ("just words", "yaml: unmarshal errors"),
        ("tls_server_config: {cert_filse: x}", "field cert_filse not found in type web.TLSConfig"),
        ("users: {}", "field users not found in type web.Config"),
        ("tls_server_config: {key_file: key.pem}", "missing one of cert or cert_file"),
        ("tls_server_config: {cert_file: cert.pem, key_file: ''}", "missing one of key or key_file"),
        ("tls_server_config: {cert_file: nowhere.pem, key_file: key.pem}", "no such file or directory"),
        ("tls_server_config: {cert_file: cert.pem, key_file: nowhere.pem}", "no such file or directory"),
        ("tls_server_config: {cert_file: key.pem, key_file: key.pem}", "failed to load X509KeyPair"),
        ("tls_server_config: {cert_file: CA_FILE, key_file: key.pem}", "failed to load X509KeyPair"),
        (
            "tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_ca_file: /dev/null}",
            "client CA's have been configured without a Client Auth Policy"
        ),
        (
            "tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_auth_type: Perhaps}",
            "invalid ClientAuth: Perhaps"
        ),
        (
            "tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_allowed_sans: [a]}",
            "client_allowed_sans requires client_auth_type"
        ),
        (
            "tls_server_config: {cert_file: cert.pem, key_file: key.pem, cipher_suites: [TLS_RC4]}",
            "unknown cipher: TLS_RC4"
        ),
        (
            "tls_server_config: {cert_file: cert.pem, key_file: key.pem, curve_preferences: [CurveP257]}",
            "unknown curve: CurveP257"
        ),
        (
            "tls_server_config: {cert_file: cert.pem, key_file: key.pem, min_version: TLS111}",
            "unknown TLS version: TLS111"
        ),
        (
            "tls_server_config: {cert_file: cert.pem, key_file: key.pem, cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]}",
            "TLSConfig.CipherSuites is missing an HTTP/2-required"
        ),
        ("basic_auth_users: {john: hunter12}", "hashedSecret too short to be a bcrypted password"),
        ("http_server_config: {headers: {X-Content-Type-Options: sniff}}", "invalid value for X-Content-Type-Options"),
        ("http_server_config: {headers: {Content-Type: foo}}", #"HTTP header "Content-Type" can not be configured"#),
    ]

    @Test("a file that is no good is told in Prometheus' words, and nothing starts")
    func badFiles() async throws {
        let certificates = try TestCertificates()
        for (web, message) in WebConfigurationTests.badFiles {
            let directory = try TemporaryDirectory()
            let file = try directory.write("route: {receiver: x}\nreceivers: [{name: x}]\n", to: "alertmanager.yml")
            try WebConfigurationTests.write(web, in: directory, certificates)
            let process = try ChildProcess(
                Deployment.executable,
                [
                    "alertmanager", "--config.file", file, "--storage.path", directory.file("data"),
                    "--web.listen-address=127.0.0.1:0", "--web.config.file", directory.file("web.yml"),
                ])
            #expect(try await process.waitForEnd() == .exit(1), "\(web)")
            #expect(process.transcript.contains(message), "\(web): \(process.transcript)")
            #expect(!process.transcript.contains("hunter12"))
        }
    }
}
