import Foundation
import Testing
import TocsinTesting

/// Ingest nodes as a balancer, and the clients behind it, meet them.
@Suite("Behind a balancer", .serialized, .timeLimit(.minutes(8)))
struct BalancerTests {
    private static let tenants = "acme:\n  receivers: [{name: out, channel_type: console}]\n"
    private static let haproxy = ["/usr/sbin/haproxy", "/usr/bin/haproxy"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private func post(_ port: Int, _ id: String) async -> Int? {
        await HTTP.post("http://127.0.0.1:\(port)/t/acme/api/v2/alerts", Posted.body([id]))?.status
    }

    private func ready(_ port: Int) async -> HTTP.Answer? { await HTTP.get("http://127.0.0.1:\(port)/-/ready") }

    @Test("while a node drains it is not ready, still takes alerts, and lets each connection end")
    func delay() async throws {
        let deployment = try Deployment(tenants: BalancerTests.tenants)
        let redis = try await deployment.startRedis()
        let node = try await deployment.startIngest(delay: "1d")
        #expect(try await connections(node.port, "http", []) == ["1", "0"], "a connection is kept")
        node.process.signal(SIGTERM)
        try await eventually(deadline: .seconds(30), "the node says that it is not ready") {
            await self.ready(node.port)?.status == 503
        }
        let answer = await ready(node.port)
        #expect(answer?.body.contains("node_draining") == true)
        #expect(answer?.headers["Connection"] == "close")
        #expect(await HTTP.get("http://127.0.0.1:\(node.port)/-/healthy")?.status == 200)
        #expect(await post(node.port, "late") == 200)
        #expect(try await connections(node.port, "http", []) == ["1", "1"], "no connection is kept")
        node.process.signal(SIGTERM)
        #expect(try await node.process.waitForEnd() == .exit(143))
        redis.signal(SIGKILL)
    }

    /// How many connections curl makes for each of two requests, one after the other.
    private func connections(_ port: Int, _ scheme: String, _ arguments: [String]) async throws -> [String] {
        let url = "\(scheme)://localhost:\(port)/-/healthy"
        let process = try ChildProcess(
            "curl",
            [
                "-s", "-m", "20", "--resolve", "localhost:\(port):127.0.0.1", "-w", "%{num_connects}\n", "-o",
                "/dev/null",
                "-o", "/dev/null", url, url,
            ] + arguments)
        _ = try await process.waitForEnd()
        return process.lines(.output)
    }

    @Test("over HTTP/2 a node that drains says GOAWAY and serves what was asked")
    func goaway() async throws {
        let certificates = try TestCertificates()
        let directory = try TemporaryDirectory()
        let web = try directory.write(
            "tls_server_config: {cert_file: \(certificates.certificateFile), key_file: \(certificates.keyFile)}\n",
            to: "web.yml")
        let deployment = try Deployment(tenants: BalancerTests.tenants, ingest: "  web_config_file: \(web)\n")
        let redis = try await deployment.startRedis()
        let port = try FreePort.find()
        let node = try deployment.start("ingest", ["--listen", "127.0.0.1:\(port)", "--shutdown-delay", "1d"])
        try await node.waitForLine(containing: "alerts are taken")
        let tls = ["--cacert", certificates.authorityFile, "--http2"]
        #expect(try await connections(port, "https", tls) == ["1", "0"])
        node.signal(SIGTERM)
        try await node.waitForLine(containing: "draining")
        #expect(try await connections(port, "https", tls) == ["1", "1"])
        node.signal(SIGKILL)
        redis.signal(SIGKILL)
    }

    @Test("a certificate that is renewed leaves open connections as they are")
    func renewal() async throws {
        let (old, new) = (try TestCertificates(), try TestCertificates())
        let directory = try TemporaryDirectory()
        let web = try directory.write("tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n", to: "web.yml")
        func use(_ certificates: TestCertificates) throws {
            for (name, file) in [("cert.pem", certificates.certificateFile), ("key.pem", certificates.keyFile)] {
                try directory.write(try String(contentsOfFile: file, encoding: .utf8), to: name)
            }
        }
        try use(old)
        let deployment = try Deployment(tenants: Self.tenants, ingest: "  web_config_file: \(web)\n")
        let redis = try await deployment.startRedis()
        let port = try FreePort.find()
        let node = try deployment.start("ingest", ["--listen", "127.0.0.1:\(port)", "--shutdown-delay", "0s"])
        try await node.waitForLine(containing: "alerts are taken")
        // One connection: a request, and another one when the file says so.
        let client = try ChildProcess(
            "bash",
            [
                "-c",
                #"""
                { printf 'GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n'
                  for _ in $(seq 1200); do [ -e "$1/go" ] && break; sleep 0.05; done
                  printf 'GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'; sleep 5
                } | openssl s_client -quiet -connect "127.0.0.1:$2" -servername localhost -CAfile "$3" -verify_return_error
                """#, "bash", directory.path, "\(port)", old.authorityFile,
            ])
        try await client.waitForLine(containing: "200 OK")
        try use(new)
        #expect(try await connections(port, "https", ["--cacert", new.authorityFile]) == ["1", "0"])
        try directory.write("", to: "go")
        try await eventually(deadline: .seconds(30), "the old connection serves:\n\(client.transcript)") {
            client.lines(.output).count { $0.contains("200 OK") } == 2
        }
        client.signal(SIGKILL)
        #expect(try await node.terminate() == .exit(0))
        redis.signal(SIGKILL)
    }

    @Test("two processes share a port; when one is killed the other takes what comes")
    func sharedPort() async throws {
        let deployment = try Deployment(tenants: BalancerTests.tenants)
        let redis = try await deployment.startRedis()
        let port = try FreePort.find()
        let first = try await deployment.startIngest(port: port, ["--reuse-port"]).process
        let second = try await deployment.startIngest(port: port, ["--reuse-port"]).process
        for process in [first, second] { try await process.waitForLine(containing: "alerts are taken") }
        // The kernel chooses by the client's port: with a hundred connections each of the two has some.
        for number in 0..<20 { #expect(await post(port, "\(number)") == 200) }
        try await first.kill9()
        for number in 20..<40 { #expect(await post(port, "\(number)") == 200) }
        let alone = try deployment.start("ingest", ["--listen", "127.0.0.1:\(port)"])
        #expect(try await alone.waitForEnd() != .exit(0), "without the flag an address is not shared")
        #expect(try await second.terminate() == .exit(0))
        redis.signal(SIGKILL)
    }

    @Test("haproxy before two nodes: one is sent away under load, and no request fails", .enabled(if: haproxy != nil))
    func rolling() async throws {
        let deployment = try Deployment(tenants: BalancerTests.tenants)
        let redis = try await deployment.startRedis()
        let nodes = [
            try await deployment.startIngest(delay: "3s"), try await deployment.startIngest(delay: "3s"),
        ]
        let front = try FreePort.find()
        let file = try deployment.directory.write(BalancerTests.file(front, nodes.map(\.port)), to: "haproxy.cfg")
        let balancer = try ChildProcess(try #require(BalancerTests.haproxy), ["-db", "-f", file])
        try await eventually(deadline: .seconds(30), "the balancer serves") { await self.ready(front)?.status == 200 }
        nodes[0].process.signal(SIGTERM)
        var (number, failures) = (0, 0)
        while nodes[0].process.isRunning {
            if await post(front, "\(number)") != 200 { failures += 1 }
            number += 1
        }
        #expect(try await nodes[0].process.waitForEnd() == .exit(0))
        for extra in number..<(number + 20) { if await post(front, "\(extra)") != 200 { failures += 1 } }
        #expect(failures == 0, "\(failures) of \(number + 20) requests failed")
        #expect(number > 0)
        for process in [balancer, nodes[1].process, redis] { process.signal(SIGKILL) }
    }

    /// The guide's file, with short times.
    private static func file(_ front: Int, _ ports: [Int]) -> String {
        """
        defaults
            mode http
            timeout connect 2s
            timeout client 30s
            timeout server 30s
            option redispatch
            retries 2
        frontend alerts
            bind 127.0.0.1:\(front)
            default_backend tocsin
        backend tocsin
            option httpchk GET /-/ready
            http-check expect status 200
            default-server inter 200ms fall 1 rise 1
            server one 127.0.0.1:\(ports[0]) check
            server two 127.0.0.1:\(ports[1]) check

        """
    }
}
