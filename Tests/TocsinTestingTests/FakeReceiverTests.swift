import Testing
import TocsinTesting

@Suite(.timeLimit(.minutes(8))) struct FakeReceiverTests {
    /// Asks with curl, so that the receiver is tried by another's client; answers its output and its exit code.
    private func curl(_ arguments: [String]) async throws -> (text: String, code: ChildProcess.Ending) {
        let process = try ChildProcess("curl", ["-sS", "--max-time", "10"] + arguments)
        let ending = try await process.waitForEnd()
        return (process.lines(.output).joined(separator: "\n"), ending)
    }

    @Test func recordsRequestsInOrder() async throws {
        try await FakeReceiver.withReceiver { receiver in
            let first = try await curl(["-d", #"{"a":1}"#, "-H", "X-Test: yes", receiver.url + "/hook?x=1"])
            let second = try await curl([receiver.url + "/other"])
            #expect(first.code == .exit(0) && second.code == .exit(0))
            let requests = try await receiver.waitForRequests(2)
            #expect(requests.map(\.method) == ["POST", "GET"])
            #expect(requests.map(\.path) == ["/hook?x=1", "/other"])
            #expect(requests.map(\.order) == [0, 1])
            #expect(requests.map(\.connection) == [0, 1])
            #expect(requests[0].text == #"{"a":1}"#)
            #expect(requests[0].header("x-test") == "yes")
            #expect(try requests[0].json(as: [String: Int].self) == ["a": 1])
            #expect(requests[0].time <= requests[1].time)
        }
    }

    @Test func answersAsTheTestSays() async throws {
        try await FakeReceiver.withReceiver { request in
            request.order == 0 ? .status(429, headers: ["Retry-After": "3"], body: "later") : .status(204)
        } _: { receiver in
            let first = try await curl(["-i", receiver.url])
            #expect(first.text.hasPrefix("HTTP/1.1 429"))
            #expect(first.text.contains("Retry-After: 3"))
            #expect(first.text.hasSuffix("later"))
            let both = try await curl(["-w", "%{http_code} ", receiver.url, receiver.url])
            #expect(both.text == "204 204 ")
            #expect(receiver.connectionCount == 2)
        }
    }

    @Test func breaksOffAsTheTestSays() async throws {
        let answers: [(FakeAnswer, Int32)] = [(.reset, 56), (.half(body: "0123456789", bytes: 4), 18)]
        for (answer, code) in answers {
            try await FakeReceiver.withReceiver(answer: { _ in answer }) { receiver in
                let asked = try await curl([receiver.url])
                #expect(asked.code == .exit(code))
            }
        }
    }

    @Test func waitsAtAGateAndHangs() async throws {
        let gate = Gate()
        try await FakeReceiver.withReceiver { request in
            guard request.path == "/gate" else { return .hang }
            try await gate.wait()
            return .ok
        } _: { receiver in
            #expect(try await curl(["--max-time", "0.2", receiver.url + "/hang"]).code == .exit(28))
            async let waiting = curl([receiver.url + "/gate"])
            try await receiver.waitForRequests(2)
            try await eventually { gate.waiterCount == 1 }
            gate.open()
            #expect(try await waiting.code == .exit(0))
        }
    }

    @Test func speaksTLSWithTheVersionsItMay() async throws {
        let certificates = try TestCertificates()
        let old = try FakeReceiver.TLS(certificates: certificates, maximum: .v12)
        try await FakeReceiver.withReceiver(tls: old) { receiver in
            let authority = try #require(receiver.authorityFile)
            #expect(try await curl(["--cacert", authority, receiver.url]).code == .exit(0))
            #expect(try await curl(["--cacert", authority, "--tlsv1.3", receiver.url]).code != .exit(0))
            #expect(try await curl([receiver.url]).code == .exit(60))
        }
        let new = try FakeReceiver.TLS(certificates: certificates, minimum: .v13)
        try await FakeReceiver.withReceiver(tls: new, answer: { _ in .reset }) { receiver in
            let authority = try #require(receiver.authorityFile)
            #expect(try await curl(["--cacert", authority, receiver.url]).code == .exit(56))
            #expect(receiver.requests.count == 1)
            #expect(try await curl(["--cacert", authority, "--tls-max", "1.2", receiver.url]).code != .exit(0))
        }
    }

    @Test func tellsWhatItWaitedForInVain() async throws {
        try await FakeReceiver.withReceiver { receiver in
            await #expect(throws: DeadlineExceeded.self) {
                try await receiver.waitForRequests(1, deadline: .milliseconds(20))
            }
        }
    }
}
