import NIOPosix
import NIOSSL
import Testing
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@testable import TocsinDispatch

@Suite("Sending e-mail", .timeLimit(.minutes(8)))
struct SMTPTransportTests {
    private let certificates: TestCertificates

    init() throws { certificates = try TestCertificates() }

    private func envelope(
        _ port: Int, _ security: SMTPEnvelope.Security = .startTLS, to recipients: [String] = ["ops@example.com"],
        credentials: SMTPEnvelope.Credentials? = nil
    ) -> SMTPEnvelope {
        SMTPEnvelope(
            host: "127.0.0.1", port: port, hello: "tocsin.example", security: security, credentials: credentials,
            from: "tocsin@example.com", recipients: recipients)
    }

    private func send(
        _ envelope: SMTPEnvelope, _ text: String = "Subject: x\r\n\r\n.dot\r\n", isTrusted: Bool = true
    ) async throws -> Result<DeliveryResponse, TransportFailure> {
        let roots = isTrusted ? try NIOSSLCertificate.fromPEMFile(certificates.authorityFile) : []
        return await SMTPTransport(
            group: MultiThreadedEventLoopGroup.singleton, extraTrustRoots: roots, names: GuardedNames(.open)
        ).send(
            Array(text.utf8), to: envelope, tls: ClientTLS(), minimumTLS: .tls12, timeout: .seconds(30))
    }

    private func answer(to envelope: SMTPEnvelope) async throws -> DeliveryResponse {
        switch try await send(envelope) {
        case .success(let response): return response
        case .failure(let failure): throw failure
        }
    }

    private let login = SMTPEnvelope.Credentials(
        username: "me", password: Secret("s3cret"), secret: Secret(""), identity: "")

    @Test("A message arrives over TLS, as it was written, from whoever logged in", arguments: [false, true])
    func arrives(isImplicit: Bool) async throws {
        try await FakeMailServer.withServer(certificates, isImplicit: isImplicit) { server in
            let envelope = envelope(server.port, isImplicit ? .implicit : .startTLS, credentials: login)
            #expect(try await answer(to: envelope).status == 250)
            let message = try #require(server.messages.first)
            #expect(message.isSecret && message.from == "tocsin@example.com")
            #expect(message.recipients == ["ops@example.com"] && message.text == "Subject: x\n\n.dot")
            #expect(message.login == "LOGIN:bWU=:czNjcmV0")
        }
    }

    @Test(
        "What a server refuses is told by its code and by the command",
        arguments: [
            ("RCPT", "450 4.2.1 busy", 450, "rcpt"), ("MAIL", "421 4.3.2 closing", 421, "mail"),
            (".", "554 5.7.1 denied", 554, "message"), ("DATA", "500 5.5.2 no", 500, "data"),
            ("AUTH", "535 5.7.8 wrong", 535, "auth"), ("EHLO", "502 5.5.1 no", 502, "ehlo"),
        ])
    func refusals(command: String, reply: String, code: Int, step: String) async throws {
        var faults = FakeMailServer.Faults()
        faults.replies = [command: reply]
        try await FakeMailServer.withServer(certificates, faults: faults) { server in
            let response = try await answer(to: envelope(server.port, credentials: login))
            #expect(response.status == code && response.header("step") == step)
            #expect(server.messages.isEmpty)
        }
    }

    @Test(
        "A connection that breaks off is unclear only once the message may have arrived",
        arguments: [("MAIL", false), ("DATA", false), (".", true)])
    func drops(command: String, isUnclear: Bool) async throws {
        var faults = FakeMailServer.Faults()
        faults.drops = [command]
        try await FakeMailServer.withServer(certificates, faults: faults) { server in
            guard case .failure(let failure) = try await send(envelope(server.port)) else {
                Issue.record("it was taken")
                return
            }
            #expect(failure.mayHaveArrived == isUnclear)
            guard case .retry = failure.outcome else {
                Issue.record("\(failure)")
                return
            }
        }
    }

    @Test("Without TLS nothing is sent where TLS is asked for, and never a password")
    func withoutTLS() async throws {
        var faults = FakeMailServer.Faults()
        faults.offersTLS = false
        try await FakeMailServer.withServer(certificates, faults: faults) { server in
            let answer1 = try await answer(to: envelope(server.port))
            #expect(answer1.status == 454)
            let answer2 = try await answer(to: envelope(server.port, .opportunistic))
            #expect(answer2.status == 250)
            #expect(server.messages.count == 1 && server.messages.first?.isSecret == false)
        }
    }

    @Test("A certificate that nobody vouches for, and words behind the reply to STARTTLS, end the conversation")
    func hostile() async throws {
        try await FakeMailServer.withServer(certificates) { server in
            guard case .failure(let failure) = try await send(envelope(server.port), isTrusted: false) else {
                Issue.record("it was taken")
                return
            }
            #expect(failure.reason == .tlsFailed && !failure.mayHaveArrived)
        }
        var faults = FakeMailServer.Faults()
        faults.smuggles = true
        try await FakeMailServer.withServer(certificates, faults: faults) { server in
            let answer3 = try await answer(to: envelope(server.port))
            #expect(answer3.header("step") == "starttls")
            #expect(server.messages.isEmpty)
        }
    }

    @Test("One recipient that does not exist does not keep the message from the others")
    func recipients() async throws {
        try await FakeMailServer.withServer(certificates) { server in
            let some = envelope(server.port, to: ["nobody@example.com", "ops@example.com"])
            let answer4 = try await answer(to: some)
            #expect(answer4.status == 250)
            #expect(server.messages.first?.recipients == ["ops@example.com"])
            let answer5 = try await answer(to: envelope(server.port, to: ["nobody@example.com"]))
            #expect(answer5.status == 550)
        }
    }
}
