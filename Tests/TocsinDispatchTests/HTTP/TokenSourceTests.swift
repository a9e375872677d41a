import Foundation
import Synchronization
import Testing
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@testable import TocsinDispatch

@Suite("Tokens of receivers", .timeLimit(.minutes(8)))
struct TokenSourceTests {
    private static func credential(_ url: String, secret: String = "hunter2hunter2") -> CredentialRequest {
        var request = CredentialRequest(
            url: Secret(url), form: [.init("grant_type", Secret("client_credentials"))])
        var proof = CredentialRequest.Proof()
        proof.headers = [.init("Authorization", Secret("Basic " + secret), isSecret: true)]
        var other = CredentialRequest.Proof()
        other.form = [.init("client_secret", Secret(secret))]
        request.proofs = [proof, other]
        return request
    }

    private static func token(_ name: String, for seconds: Int = 3600) -> FakeAnswer {
        .status(200, body: #"{"access_token":"\#(name)","token_type":"bearer","expires_in":\#(seconds)}"#)
    }

    /// A receiver and a token server whose tokens are `t1`, `t2` and so on.
    private func withServers(
        clock: any WallClock = ManualClock(), lifetime: Int = 3600,
        _ body: (HTTPTransport, FakeReceiver, FakeReceiver, DeliveryRequest) async throws -> Void
    ) async throws {
        let number = Mutex(0)
        try await FakeReceiver.withReceiver(
            answer: { _ in
                Self.token(
                    "t"
                        + String(
                            number.withLock {
                                $0 += 1
                                return $0
                            }), for: lifetime)
            },
            { server in
                try await FakeReceiver.withReceiver { receiver in
                    try await withTransport(clock: clock) { transport in
                        let request = DeliveryRequest(receiver.url) {
                            $0.credential = Self.credential(server.url + "/token")
                        }
                        try await body(transport, receiver, server, request)
                    }
                }
            })
    }

    private func tokens(_ receiver: FakeReceiver) -> [String] {
        receiver.requests.map { $0.header("authorization") ?? "" }
    }

    @Test("a token is asked for once, however many want it, and sent with each request")
    func once() async throws {
        try await withServers { transport, receiver, server, request in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 { group.addTask { try await transport.send(request).status } }
                for try await status in group { #expect(status == 200) }
            }
            #expect(server.requests.count == 1)
            #expect(tokens(receiver) == Array(repeating: "Bearer t1", count: 20))
            #expect(server.requests.first?.header("authorization") == "Basic hunter2hunter2")
            #expect(server.requests.first?.text == "grant_type=client_credentials")
        }
    }

    @Test("the next token is asked for before the old one ends")
    func renewal() async throws {
        let clock = ManualClock()
        try await withServers(clock: clock, lifetime: 600) { transport, receiver, server, request in
            _ = try await transport.send(request)
            clock.advance(by: .seconds(539))
            _ = try await transport.send(request)
            #expect(server.requests.count == 1)
            clock.advance(by: .seconds(1))
            _ = try await transport.send(request)
            #expect(tokens(receiver) == ["Bearer t1", "Bearer t1", "Bearer t2"])
        }
    }

    @Test("a token that holds is used while the next one cannot be had, and not after its end")
    func failedRenewal() async throws {
        let clock = ManualClock()
        try await withServers(clock: clock, lifetime: 600) { transport, receiver, server, request in
            _ = try await transport.send(request)
            server.answer { _ in .status(503) }
            clock.advance(by: .seconds(550))
            for _ in 0..<3 { #expect(try await transport.send(request).status == 200) }
            #expect(server.requests.count == 2)
            clock.advance(by: .seconds(50))
            let failure = try #require(await transport.failure(request))
            #expect(failure.reason.code == "oauth2_failed")
            #expect(failure.outcome == .retry(after: nil, reason: failure.reason))
            #expect(receiver.requests.count == 4)
        }
    }

    @Test("a token that the receiver does not take is asked for anew, once")
    func refused() async throws {
        try await withServers { transport, receiver, server, request in
            receiver.answer { $0.header("authorization") == "Bearer t2" ? .ok : .status(401) }
            let renewed = try await transport.send(request).status
            #expect(renewed == 200)
            #expect(tokens(receiver) == ["Bearer t1", "Bearer t2"])
            receiver.answer { _ in .status(401) }
            let refused = try await transport.send(request).status
            #expect(refused == 401)
            #expect(server.requests.count == 3)
            #expect(receiver.requests.count == 4)
        }
    }

    @Test("a server that takes the secret in the form alone gets it there, and at once the next time")
    func otherProof() async throws {
        let clock = ManualClock()
        try await withServers(clock: clock) { transport, receiver, server, request in
            server.answer { $0.text.contains("client_secret") ? Self.token("x") : .status(401) }
            _ = try await transport.send(request)
            #expect(server.requests.count == 2)
            clock.advance(by: .seconds(3600))
            _ = try await transport.send(request)
            #expect(server.requests.count == 3)
            #expect(server.requests.last?.text == "client_secret=hunter2hunter2&grant_type=client_credentials")
        }
    }

    @Test(
        "what follows from a failure is told by the status, and no secret is",
        arguments: [
            (400, #"{"error":"invalid_client","error_description":"hunter2hunter2"}"#, true),
            (401, "hunter2hunter2", true), (403, "", true), (404, "", true), (429, "", false), (500, "", false),
            (503, #"{"error":"hunter2hunter2 No"}"#, false), (200, "hunter2hunter2", false), (200, "{}", false),
            (200, #"{"access_token":""}"#, false), (302, "", true),
        ])
    func failures(status: Int, body: String, isFinal: Bool) async throws {
        try await withServers { transport, receiver, server, request in
            server.answer { _ in .status(status, headers: ["Location": "/token2"], body: body) }
            let failure = try #require(await transport.failure(request))
            #expect(failure.reason.code == "oauth2_failed")
            #expect(!failure.reason.detail.contains("hunter2"))
            let isDisabled = if case .disable = failure.outcome { true } else { false }
            #expect(isDisabled == isFinal, "\(failure.outcome)")
            if body.contains("invalid_client") { #expect(failure.reason.detail.hasSuffix("400 invalid_client")) }
            #expect(receiver.requests.isEmpty)
        }
    }

    @Test("who waits for another who is cancelled asks itself")
    func cancelled() async throws {
        try await withServers { transport, receiver, server, request in
            let gate = Gate()
            server.answer { _ in
                try await gate.wait()
                return Self.token("late")
            }
            let result = await withTaskGroup(of: DeliveryResponse?.self) { group in
                group.addTask {
                    await withTaskGroup(of: DeliveryResponse?.self) { first in
                        first.addTask { try? await transport.send(request) }
                        _ = try? await server.waitForRequests(1)
                        first.cancelAll()
                        return await first.next() ?? nil
                    }
                }
                group.addTask {
                    _ = try? await server.waitForRequests(1)
                    return try? await transport.send(request)
                }
                group.addTask {
                    _ = try? await server.waitForRequests(2)
                    gate.open()
                    return nil
                }
                var found: DeliveryResponse?
                for await response in group { found = found ?? response }
                return found
            }
            #expect(result?.status == 200)
            #expect(tokens(receiver) == ["Bearer late"])
        }
    }

    @Test("the number of tokens is bounded")
    func bounded() async throws {
        let source = TokenSource(clock: ManualClock(), capacity: 3)
        for number in 0..<10 {
            let request = Self.credential("https://t.test/\(number)")
            let token = try await source.token(for: request, of: .acme) { _ in
                .success(
                    DeliveryResponse(status: 200, headers: [], body: Array(#"{"access_token":"a\#(number)"}"#.utf8)))
            }
            #expect(token.values == [Secret("a\(number)")])
        }
        #expect(await source.count == 3)
    }
}
