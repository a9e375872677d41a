import Foundation
import Testing
import TocsinTesting

/// What pages of other origins are told, beside the real Alertmanager.
@Suite("Pages of other origins", .timeLimit(.minutes(8)))
struct CrossOriginTests {
    private static let requests: [(path: String, arguments: [String])] = [
        ("/api/v2/status", []),
        ("/api/v2/status", ["-H", "Origin: http://page.example"]),
        ("/api/v2/alerts", ["-H", "Origin: http://page.example", "-d", "[]", "-H", "Content-Type: application/json"]),
        ("/api/v2/nope", ["-H", "Origin: http://page.example"]),
        ("/api/v2/silence/nope", ["-H", "Origin: http://page.example", "-X", "DELETE"]),
        ("/-/ready", ["-H", "Origin: http://page.example"]),
        ("/api/v2/alerts", ["-X", "OPTIONS"]),
        ("/api/v2/alerts", ["-X", "OPTIONS", "-H", "Access-Control-Request-Method: POST"]),
        ("/api/v2/alerts", preflight("POST", "content-type, x-requested-with")),
        ("/api/v2/alerts", preflight("post", "Content-Type")),
        ("/api/v2/alerts", preflight("POST", "Authorization")),
        ("/api/v2/silence/x", preflight("DELETE")),
        ("/api/v2/nope", preflight("GET")),
        ("/-/ready", preflight("GET")),
    ]

    private static func preflight(_ method: String, _ headers: String? = nil) -> [String] {
        ["-X", "OPTIONS", "-H", "Origin: http://page.example", "-H", "Access-Control-Request-Method: \(method)"]
            + (headers.map { ["-H", "Access-Control-Request-Headers: \($0)"] } ?? [])
    }

    @Test("they are told what Alertmanager tells them")
    func sameHeaders() async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("route: {receiver: x}\nreceivers: [{name: x}]\n", to: "alertmanager.yml")
        func start(_ program: String, _ words: [String], _ data: String) async throws -> (ChildProcess, String) {
            let port = try FreePort.find()
            let process = try ChildProcess(
                program,
                words + [
                    "--config.file=" + file, "--storage.path=" + directory.file(data), "--cluster.listen-address=",
                    "--web.listen-address=127.0.0.1:\(port)",
                ])
            let url = "http://127.0.0.1:\(port)"
            try await eventually(deadline: .seconds(120), "\(program) is ready") {
                await HTTP.get(url + "/-/ready")?.status == 200
            }
            return (process, url)
        }
        let (own, ownURL) = try await start(Deployment.executable, ["alertmanager"], "own")
        let (other, otherURL) = try await start("prometheus-alertmanager", [], "other")
        for (path, arguments) in CrossOriginTests.requests {
            let (found, expected) = (try await ask(ownURL + path, arguments), try await ask(otherURL + path, arguments))
            #expect(found == expected, "\(path) \(arguments)")
        }
        #expect(try await own.terminate() == .exit(0))
        #expect(try await other.terminate() == .exit(0))
    }

    /// The lines of the answer's head that browsers look at.
    private func ask(_ url: String, _ arguments: [String]) async throws -> [String] {
        let process = try ChildProcess("curl", ["-s", "-i", "-m", "20", url] + arguments)
        _ = try await process.waitForEnd()
        return process.lines(.output).map { $0.trimmingCharacters(in: .whitespacesAndNewlines).lowercased() }
            .filter { $0.hasPrefix("vary:") || $0.hasPrefix("access-control-") }.sorted()
    }
}
