import Foundation
import Testing
import TocsinTesting

/// Alertmanager's flags, each with its effect or with a word about why it has none.
@Suite("Alertmanager's flags", .timeLimit(.minutes(8)))
struct AlertmanagerFlagsTests {
    private func start(_ arguments: [String], in directory: TemporaryDirectory) throws -> (ChildProcess, String) {
        let file = try directory.write("route: {receiver: x}\nreceivers: [{name: x}]\n", to: "alertmanager.yml")
        let port = try FreePort.find()
        let process = try ChildProcess(
            Deployment.executable,
            [
                "alertmanager", "--config.file", file, "--storage.path", directory.file("data"),
                "--web.listen-address=127.0.0.1:\(port)",
            ] + arguments)
        return (process, "http://127.0.0.1:\(port)")
    }

    private func waitUntilReady(_ url: String) async throws {
        try await eventually(deadline: .seconds(120), "the server is ready") {
            await HTTP.get(url + "/-/ready")?.status == 200
        }
    }

    /// The flags of `prometheus-alertmanager --help`.
    private func flagsOfAlertmanager() async throws -> [String] {
        let process = try ChildProcess("prometheus-alertmanager", ["--help"])
        _ = try await process.waitForEnd()
        return process.lines(.output).compactMap {
            $0.firstMatch(of: #/^ {2,6}(?:-h, )?--([a-z0-9.-]+)/#).map { String($0.1) }
        }
    }

    @Test("every flag of Alertmanager's own help is one of ours, and its help says something")
    func names() async throws {
        let process = try ChildProcess(Deployment.executable, ["alertmanager", "--help"])
        #expect(try await process.waitForEnd() == .exit(0))
        let help = process.lines(.output)
        let flags = try await flagsOfAlertmanager()
        #expect(flags.count > 30)
        for flag in flags {
            let place = try #require(help.firstIndex { $0.contains("--" + flag) }, "\(flag)")
            let text = help[place].split(separator: " ").drop { $0.hasPrefix("-") || $0.hasPrefix("<") }
            #expect(!text.isEmpty || help[place + 1].hasPrefix("       "), "\(flag)")
        }
    }

    @Test("what has no effect is taken with the values that Alertmanager takes")
    func ignored() async throws {
        let directory = try TemporaryDirectory()
        let (process, url) = try start(
            [
                "--cluster.listen-address=", "--data.maintenance-interval=15m", "--alerts.gc-interval=30m",
                "--web.timeout=10s", "--web.ui-path=/usr/share", "--cluster.peer-timeout=15s",
                "--cluster.gossip-interval=200ms", "--cluster.pushpull-interval=1m0s", "--cluster.tcp-timeout=10s",
                "--cluster.probe-timeout=500ms", "--cluster.probe-interval=1s", "--cluster.settle-timeout=1m0s",
                "--cluster.reconnect-interval=10s", "--cluster.reconnect-timeout=6h0m0s",
                "--cluster.tls-config=tls.yml", "--log.silences", "--enable-feature=classic-mode",
                "--auto-gomemlimit.ratio=0.9", "--dispatch.start-delay=1m", "--alerts.per-alertname-limit=5",
                "--cluster.allow-insecure-public-advertise-address-discovery", "--web.config.file=",
            ], in: directory)
        try await waitUntilReady(url)
        #expect(!process.transcript.contains("WITHOUT TLS"), "there is no cluster")
        #expect(try await process.terminate() == .exit(0))
    }

    @Test("a cluster that is asked for TLS and has none says so loudly")
    func tlsOfCluster() async throws {
        let (directory, port) = (try TemporaryDirectory(), try FreePort.find())
        let (process, url) = try start(
            [
                "--cluster.listen-address=127.0.0.1:\(port)", "--cluster.peer=127.0.0.1:\(port)",
                "--cluster.peer=127.0.0.2:\(port)", "--cluster.tls-config=tls.yml",
            ], in: directory)
        try await process.waitForLine(containing: "WITHOUT TLS")
        try await waitUntilReady(url)
        #expect(try await process.terminate() == .exit(0))
    }

    private static let refused: [(arguments: [String], message: String)] = [
        (["--data.retention=soon"], "--data.retention"),
        (["--cluster.gossip-interval=5"], "--cluster.gossip-interval"),
        (["--web.systemd-socket"], "--web.listen-address"),
        (["--web.config.file=nowhere.yml"], "no such file or directory"),
    ]

    @Test("what cannot be taken is refused with a word about it")
    func refusals() async throws {
        for (arguments, message) in AlertmanagerFlagsTests.refused {
            let directory = try TemporaryDirectory()
            let (process, _) = try start(["--cluster.listen-address="] + arguments, in: directory)
            #expect(try await process.waitForEnd() != .exit(0), "\(arguments)")
            #expect(process.transcript.contains(message), "\(arguments): \(process.transcript)")
        }
    }

    @Test("the door is at every address that is named")
    func addresses() async throws {
        let (directory, port) = (try TemporaryDirectory(), try FreePort.find())
        let (process, url) = try start(
            ["--cluster.listen-address=", "--web.listen-address=127.0.0.2:\(port)"], in: directory)
        try await waitUntilReady(url)
        try await waitUntilReady("http://127.0.0.2:\(port)")
        #expect(try await process.terminate() == .exit(0))
    }

    @Test("an ended silence is kept as long as --data.retention says", arguments: [("0s", 0), ("1h", 1)])
    func retention(_ retention: String, _ kept: Int) async throws {
        let directory = try TemporaryDirectory()
        let (process, url) = try start(
            ["--cluster.listen-address=", "--data.retention=" + retention, "--silences.max-silence-size-bytes=300"],
            in: directory)
        try await waitUntilReady(url)
        func silence(_ comment: String) -> String {
            """
            {"matchers":[{"name":"a","value":"b","isRegex":false}],"startsAt":"2020-01-01T00:00:00Z",\
            "endsAt":"2099-01-01T00:00:00Z","createdBy":"me","comment":"\(comment)"}
            """
        }
        let large = await HTTP.post(url + "/api/v2/silences", silence(String(repeating: "c", count: 300)))
        #expect(large?.status == 413)
        let made = try #require(await HTTP.post(url + "/api/v2/silences", silence("c")))
        let id = try #require(try JSONDecoder().decode([String: String].self, from: Data(made.body.utf8))["silenceID"])
        #expect(await HTTP.delete(url + "/api/v2/silence/" + id)?.status == 200)
        let listed = try #require(await HTTP.get(url + "/api/v2/silences"))
        #expect(listed.body.contains(id) == (kept == 1), "\(listed.body)")
        #expect(try await process.terminate() == .exit(0))
    }
}
