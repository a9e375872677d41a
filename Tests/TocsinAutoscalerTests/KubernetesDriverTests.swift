import Foundation
import Synchronization
import Testing
import TocsinCore
import TocsinTesting

@testable import TocsinAutoscaler

/// The driver against what a real API answered (`scripts/kubernetes --record`).
@Suite("Kubernetes driver", .timeLimit(.minutes(2)))
struct KubernetesDriverTests {
    private struct Recorded: Decodable {
        let name: String
        let status: Int
        let body: String
    }

    private static let recorded: [String: FakeAnswer] = {
        guard let file = Bundle.module.path(forResource: "kubernetes", ofType: "json", inDirectory: "Goldens"),
            let data = FileManager.default.contents(atPath: file),
            let answers = try? JSONDecoder().decode([Recorded].self, from: data)
        else { return [:] }
        return Dictionary(
            answers.map { ($0.name, FakeAnswer.status($0.status, body: $0.body)) }, uniquingKeysWith: { $1 })
    }()

    private static let tls = Result { try FakeReceiver.TLS() }

    private static func golden(_ name: String) throws -> FakeAnswer { try #require(recorded[name], "\(name)") }

    /// A driver with the rights of a Pod, and an API that answers in this order and then as last.
    private static func withDriver(
        _ answers: [FakeAnswer], clock: any WallClock = SystemClock(),
        _ body: (KubernetesDriver, FakeReceiver, TemporaryDirectory) async throws -> Void
    ) async throws {
        let left = Mutex(answers)
        try await FakeReceiver.withReceiver(
            tls: try tls.get(),
            answer: { _ in left.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? .ok } }
        ) { api in
            let pod = try TemporaryDirectory()
            _ = try pod.write("token-1\n", to: "token")
            _ = try pod.write("tocsin", to: "namespace")
            let authority = try #require(api.authorityFile)
            _ = try pod.write(String(contentsOfFile: authority, encoding: .utf8), to: "ca.crt")
            let access = try KubernetesAccess.inCluster(
                environment: ["KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "\(api.port)"],
                directory: pod.path)
            let driver = try KubernetesDriver(deployment: "tocsin-worker", namespace: nil, access: access, clock: clock)
            let result: Result<Void, any Error>
            do { result = .success(try await body(driver, api, pod)) } catch { result = .failure(error) }
            try await driver.shutdown()
            try result.get()
        }
    }

    @Test func tellsTheSizeAndAsksWithTheTokenOfTheMoment() async throws {
        try await Self.withDriver([try Self.golden("read")]) { driver, api, pod in
            let size = try await driver.observe()
            #expect(size == PoolSize(desired: 2, running: size.running))
            _ = try pod.write("token-2", to: "token")
            _ = try await driver.observe()
            #expect(api.requests.map { $0.header("authorization") } == ["Bearer token-1", "Bearer token-2"])
            #expect(
                api.requests.allSatisfy {
                    $0.method == "GET" && $0.path == "/apis/apps/v1/namespaces/tocsin/deployments/tocsin-worker/scale"
                })
        }
    }

    @Test func aDeploymentOfNoneHasNoNumber() async throws {
        try await Self.withDriver([try Self.golden("read none")]) { driver, _, _ in
            let size = try await driver.observe()
            #expect(size.desired == 0)
        }
    }

    @Test func changesOnlyWhatItHasSeen() async throws {
        try await Self.withDriver([try Self.golden("read"), try Self.golden("changed")]) { driver, api, _ in
            try await driver.scale(to: 4, leaving: ["pod-1-7-0a1b2c3d"])
            let patch = try #require(api.requests.last)
            #expect(patch.method == "PATCH" && patch.header("content-type") == "application/merge-patch+json")
            struct Patch: Decodable {
                struct Metadata: Decodable { let resourceVersion: String }
                struct Spec: Decodable { let replicas: Int }
                let metadata: Metadata
                let spec: Spec
            }
            let sent = try patch.json(as: Patch.self)
            #expect(sent.spec.replicas == 4 && !sent.metadata.resourceVersion.isEmpty)
            #expect(api.requests.count == 2, "nobody is marked when a pool grows")
        }
    }

    @Test func theSameSizeAgainChangesNothing() async throws {
        try await Self.withDriver([try Self.golden("read")]) { driver, api, _ in
            try await driver.scale(to: 2, leaving: [])
            #expect(api.requests.map(\.method) == ["GET"])
        }
    }

    @Test func marksWhoMayGoFirst() async throws {
        try await Self.withDriver([
            try Self.golden("read"), try Self.golden("no pod"), try Self.golden("none"),
        ]) { driver, api, _ in
            try await driver.scale(
                to: 1, leaving: ["tocsin-worker-5d9-abc-1-0a1b2c3d", "tocsin-worker-5d9-def-1-9f8e7d6c"])
            #expect(
                api.requests.map(\.path).dropFirst().first == "/api/v1/namespaces/tocsin/pods/tocsin-worker-5d9-abc")
            #expect(api.requests[1].text.contains(#""controller.kubernetes.io\/pod-deletion-cost":"-1000""#))
            #expect(api.requests.count == 3, "only as many as go")
        }
    }

    @Test func aConflictIsTriedAgainUnlessTheSizeIsAnothers() async throws {
        let (read, conflict, changed) = (
            try Self.golden("read"), try Self.golden("conflict"), try Self.golden("changed")
        )
        try await Self.withDriver([read, conflict, read, changed]) { driver, api, _ in
            try await driver.scale(to: 4, leaving: [])
            #expect(api.requests.map(\.method) == ["GET", "PATCH", "GET", "PATCH"])
        }
        // What was changed to 4 meanwhile is somebody else's will.
        try await Self.withDriver([read, conflict, changed]) { driver, _, _ in
            let error = await #expect(throws: DriverError.self) { try await driver.scale(to: 5, leaving: []) }
            #expect(error?.kind == .conflict)
        }
        try await Self.withDriver([read, conflict, read, conflict, read, conflict, read, conflict, read]) {
            driver, _, _ in
            let error = await #expect(throws: DriverError.self) { try await driver.scale(to: 5, leaving: []) }
            #expect(error?.kind == .conflict)
        }
    }

    @Test(arguments: [
        ("forbidden", DriverError.Code.forbidden, "is forbidden"), ("unauthorized", .unauthorized, "Unauthorized"),
        ("invalid", .invalid, "greater than or equal to 0"), ("no pod", .notFound, "not found"),
    ])
    func aRefusalIsToldInKubernetesOwnWords(golden: String, kind: DriverError.Code, words: String) async throws {
        try await Self.withDriver([try Self.golden(golden)]) { driver, _, _ in
            let error = await #expect(throws: DriverError.self) { try await driver.observe() }
            #expect(error?.kind == kind)
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("token-1") == false)
        }
    }

    @Test func anAPIThatIsAskedTooOftenIsLeftAlone() async throws {
        let clock = ManualClock()
        try await Self.withDriver(
            [.status(429, headers: ["Retry-After": "7"]), try Self.golden("read")], clock: clock
        ) { driver, api, _ in
            let first = await #expect(throws: DriverError.self) { try await driver.observe() }
            #expect(first?.kind == .throttled && first?.retryAfterMilliseconds == 7000)
            clock.advance(by: .seconds(3))
            let second = await #expect(throws: DriverError.self) { try await driver.observe() }
            #expect(second?.retryAfterMilliseconds == 4000)
            #expect(api.requests.count == 1)
            clock.advance(by: .seconds(4))
            let size = try await driver.observe()
            #expect(size.desired == 2)
        }
    }

    @Test func whatIsNoAnswerIsUnreachable() async throws {
        for answer in [FakeAnswer.reset, .half(body: "{\"kind\":", bytes: 3), .status(500, body: "no")] {
            try await Self.withDriver([answer]) { driver, _, _ in
                let error = await #expect(throws: DriverError.self) { try await driver.observe() }
                #expect(error?.kind == .unreachable, "\(error?.message ?? "")")
            }
        }
        try await Self.withDriver([.status(200, body: "<html>")]) { driver, _, _ in
            let error = await #expect(throws: DriverError.self) { try await driver.observe() }
            #expect(error?.kind == .invalid)
        }
    }

    @Test(arguments: [
        ("", "no kubeconfig"),
        ("clusters: []\nusers: []\ncontexts: []", "no current-context"),
        (file(cluster: "server: https://a"), "has no token and no client certificate"),
        (file(cluster: "server: https://a, insecure-skip-tls-verify: true", user: "token: t"), "does not verify"),
        (file(cluster: "server: http://a", user: "token: t"), "not at an https"),
        (file(cluster: "server: https://a, tls-server-name: b", user: "token: t"), "tls-server-name"),
        (
            file(cluster: "server: https://a, certificate-authority: gone.crt", user: "token: t"),
            "gone.crt cannot be read"
        ),
        (file(cluster: "server: https://a, certificate-authority-data: '%'", user: "token: t"), "not base64"),
        (file(cluster: "server: https://a", user: "token: t", current: "y"), "no context y"),
    ])
    func aKubeconfigThatCannotBeUsedIsExplained(text: String, words: String) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(text, to: "kubeconfig")
        let error = #expect(throws: DriverError.self) { try KubernetesAccess.kubeconfig(path) }
        #expect(error?.kind == .invalid)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    private static func file(cluster: String, user: String = "", current: String = "x") -> String {
        """
        clusters: [{name: c, cluster: {\(cluster)}}]
        users: [{name: u, user: {\(user)}}]
        contexts: [{name: x, context: {cluster: c, user: u, namespace: pool}}]
        current-context: \(current)
        """
    }

    @Test func aKubeconfigNamesServerUserAndNamespace() throws {
        let directory = try TemporaryDirectory()
        _ = try directory.write("secret\n", to: "token")
        let path = try directory.write(
            Self.file(cluster: "server: 'https://api.example:6443/'", user: "tokenFile: token"), to: "kubeconfig")
        let access = try KubernetesAccess.kubeconfig(path)
        #expect(access.server == "https://api.example:6443" && access.namespace == "pool")
        #expect(try access.authorization() == "Bearer secret")
        #expect(throws: DriverError.self) { try KubernetesAccess.inCluster(environment: [:]) }
        let six = try KubernetesAccess.inCluster(
            environment: ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"],
            directory: {
                _ = try directory.write("ca", to: "ca.crt")
                return directory.path
            }())
        #expect(six.server == "https://[fd00::1]:443")
    }
}
