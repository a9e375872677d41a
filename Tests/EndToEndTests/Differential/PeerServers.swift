import Foundation
import TocsinTesting

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// One of the two servers that are compared, and where it delivers to.
final class Peer: Sendable {
    let name: String
    let port: Int
    let sink: FakeReceiver
    let process: ChildProcess
    /// Kept as long as the server runs.
    private let directory: TemporaryDirectory

    init(_ name: String, executable: String, arguments: [String], configuration: String, sink: FakeReceiver) throws {
        self.name = name
        self.sink = sink
        port = try FreePort.find()
        directory = try TemporaryDirectory()
        let file = try directory.write(
            configuration.replacing("SINK", with: sink.url), to: "alertmanager.yml")
        process = try ChildProcess(
            executable,
            arguments + [
                "--config.file=\(file)", "--storage.path=\(directory.file("data"))",
                "--web.listen-address=127.0.0.1:\(port)", "--web.external-url=http://alerts.example:9093",
                "--cluster.listen-address=", "--log.level=warn",
            ], environment: ["TZ": "UTC"])
    }

    func waitUntilReady() async throws {
        try await eventually(deadline: .seconds(60), "\(name) is ready:\n\(process.transcript)") {
            guard process.isRunning else { throw Deployment.DeadNode(transcript: process.transcript) }
            return await HTTP.get("http://127.0.0.1:\(port)/-/ready")?.status == 200
        }
    }

    /// Posts to, or deletes from, the API.
    func send(_ method: String, _ path: String, _ body: String? = nil) async -> (status: Int, body: String)? {
        guard let url = URL(string: "http://127.0.0.1:\(port)/api/v2\(path)") else { return nil }
        var request = URLRequest(url: url, timeoutInterval: 10)
        request.httpMethod = method
        if let body {
            request.httpBody = Data(body.utf8)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        guard let (data, response) = try? await Peer.session.data(for: request),
            let answer = response as? HTTPURLResponse
        else { return nil }
        return (answer.statusCode, String(decoding: data, as: UTF8.self))
    }

    private static let session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = 32
        return URLSession(configuration: configuration)
    }()
}

/// An Alertmanager and a Tocsin with the same configuration.
struct PeerServers: Sendable {
    static let alertmanager = "/usr/bin/prometheus-alertmanager"

    let alertmanager: Peer
    let tocsin: Peer

    /// Runs both for as long as the body runs.
    static func withServers<Result: Sendable>(
        configuration: String, _ body: (PeerServers) async throws -> Result
    ) async throws -> Result {
        try await FakeReceiver.withReceiver { first in
            try await FakeReceiver.withReceiver { second in
                let servers = PeerServers(
                    alertmanager: try Peer(
                        "Alertmanager", executable: PeerServers.alertmanager, arguments: [],
                        configuration: configuration, sink: first),
                    tocsin: try Peer(
                        "Tocsin", executable: Deployment.executable, arguments: ["alertmanager"],
                        configuration: configuration, sink: second))
                do {
                    try await servers.alertmanager.waitUntilReady()
                    try await servers.tocsin.waitUntilReady()
                    let result = try await body(servers)
                    try await servers.end()
                    return result
                } catch {
                    // A server that is killed leaves its Redis behind.
                    try? await servers.end()
                    throw error
                }
            }
        }
    }

    private func end() async throws {
        alertmanager.process.signal(SIGTERM)
        try await tocsin.process.terminate(deadline: .seconds(60))
        try await alertmanager.process.terminate()
    }

    /// Sends the same to both at the same time and answers what each said.
    func both(
        _ request: @Sendable (Peer) async -> (status: Int, body: String)?
    ) async -> (alertmanager: (status: Int, body: String)?, tocsin: (status: Int, body: String)?) {
        async let first = request(alertmanager)
        async let second = request(tocsin)
        return await (first, second)
    }
}
