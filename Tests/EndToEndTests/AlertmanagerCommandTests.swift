import Foundation
import Testing
import TocsinTesting

/// `tocsin alertmanager` as its users meet it: the API by hand, and the real amtool.
@Suite("In place of an Alertmanager", .timeLimit(.minutes(8)))
struct AlertmanagerCommandTests {
    /// A server on an `alertmanager.yml` of its own.
    private final class Server: Sendable {
        let directory: TemporaryDirectory
        let process: ChildProcess
        let url: String
        let file: String

        init(_ configuration: String, arguments: [String] = [], prefix: String = "") async throws {
            directory = try TemporaryDirectory()
            file = try directory.write(configuration, to: "alertmanager.yml")
            let port = try FreePort.find()
            process = try ChildProcess(
                Deployment.executable,
                [
                    "alertmanager", "--config.file", file, "--storage.path", directory.file("data"),
                    "--web.listen-address=127.0.0.1:\(port)", "--cluster.listen-address=",
                ] + arguments)
            let url = "http://127.0.0.1:\(port)\(prefix)"
            self.url = url
            try await eventually(deadline: .seconds(120), "the server is ready") {
                await HTTP.get(url + "/-/ready")?.status == 200
            }
        }

        func amtool(_ arguments: String...) async throws -> (ending: ChildProcess.Ending, output: String) {
            let process = try ChildProcess("amtool", ["--alertmanager.url", url] + arguments)
            let ending = try await process.waitForEnd()
            return (ending, process.lines(.output).joined(separator: "\n"))
        }

        func alerts(_ query: String = "") async throws -> [Listed] {
            let answer = try #require(await HTTP.get(url + "/api/v2/alerts" + query))
            return try JSONDecoder().decode([Listed].self, from: Data(answer.body.utf8))
        }
    }

    private struct Listed: Decodable {
        struct Status: Decodable {
            let state: String
            let silencedBy: [String]
            let inhibitedBy: [String]
        }
        let fingerprint: String
        let labels: [String: String]
        let status: Status
    }

    private static let configuration = """
        route:
          receiver: default
          group_by: [alertname]
          routes: [{receiver: team-db, matchers: ['service="db"']}]
        inhibit_rules:
        - {source_matchers: ['severity="critical"'], target_matchers: ['severity="warning"'], equal: [alertname]}
        receivers: [{name: default}, {name: team-db}]
        """

    private func post(_ labels: [String: String], to server: Server) async throws {
        let body = try JSONEncoder().encode([["labels": labels]])
        #expect(await HTTP.post(server.url + "/api/v2/alerts", String(decoding: body, as: UTF8.self))?.status == 200)
    }

    @Test("a list shows at once what was posted, silenced, inhibited and ended")
    func lists() async throws {
        let server = try await Server(AlertmanagerCommandTests.configuration)
        try await post(["alertname": "A", "severity": "warning"], to: server)
        #expect(try await server.alerts().map(\.status.state) == ["active"])
        try await post(["alertname": "A", "severity": "critical"], to: server)
        let both = try await server.alerts()
        #expect(both.map(\.fingerprint) == both.map(\.fingerprint).sorted())
        let source = try #require(both.first { $0.labels["severity"] == "critical" })
        #expect(both.first { $0.labels["severity"] == "warning" }?.status.inhibitedBy == [source.fingerprint])
        #expect(try await server.alerts("?inhibited=false").map(\.fingerprint) == [source.fingerprint])
        let silence = """
            {"matchers":[{"name":"severity","value":"crit.*","isRegex":true}],"startsAt":"2020-01-01T00:00:00Z",\
            "endsAt":"2099-01-01T00:00:00Z","createdBy":"me","comment":"c"}
            """
        let made = try #require(await HTTP.post(server.url + "/api/v2/silences", silence))
        let id = try #require(try JSONDecoder().decode([String: String].self, from: Data(made.body.utf8))["silenceID"])
        #expect(try await server.alerts("?filter=severity%3D%22critical%22").map(\.status.silencedBy) == [[id]])
        #expect(await HTTP.delete(server.url + "/api/v2/silence/" + id)?.status == 200)
        #expect(try await server.alerts().allSatisfy { $0.status.silencedBy.isEmpty })
        let groups = try #require(await HTTP.get(server.url + "/api/v2/alerts/groups"))
        #expect(groups.body.contains(#""labels":{"alertname":"A"},"receiver":{"name":"default"}"#))
        #expect(try await server.process.terminate() == .exit(0))
    }

    @Test("a list is read in pages, each alert once, in the order of the whole")
    func pages() async throws {
        struct Page: Decodable {
            let alerts: [Listed]
            let next: String?
        }
        let server = try await Server(AlertmanagerCommandTests.configuration)
        for number in 0..<7 { try await post(["alertname": "A\(number % 2)", "instance": "\(number)"], to: server) }
        var found: [String] = []
        var next: String? = ""
        while let after = next {
            let url = server.url + "/t/default/api/v1/alerts?limit=3" + (after.isEmpty ? "" : "&after=" + after)
            let answer = try #require(await HTTP.get(url))
            let page = try JSONDecoder().decode(Page.self, from: Data(answer.body.utf8))
            #expect(page.alerts.count == (page.next == nil ? 1 : 3))
            found += page.alerts.map(\.fingerprint)
            next = page.next
        }
        #expect(try await server.alerts().map(\.fingerprint) == found)
        #expect(try await server.process.terminate() == .exit(0))
    }

    private static let refusals: [(request: String, status: Int, body: String)] = [
        ("GET /api/v2/alerts?filter=bad%7B", 400, #""bad matcher format: bad{""#),
        (
            "GET /api/v2/alerts?receiver=%5B", 400,
            #""failed to parse receiver param: error parsing regexp: missing closing ]: `[)$`""#
        ),
        ("GET /api/v2/nope", 404, #"{"code":404,"message":"path /api/v2/nope was not found"}"#),
        (
            "GET /api/v2/silence/notauuid", 422,
            #"{"code":601,"message":"silenceID in path must be of type uuid: \"notauuid\""}"#
        ),
        ("POST /api/v2/silences ", 422, #"{"code":602,"message":"silence in body is required"}"#),
        (#"POST /api/v2/alerts [{"labels":{}}]"#, 400, #""at least one label pair required""#),
        (
            #"POST /api/v2/silences {"matchers":[],"startsAt":"2020-01-01T00:00:00Z","endsAt":"2099-01-01T00:00:00Z","#
                + #""createdBy":"m","comment":"c"}"#, 422,
            #"{"code":612,"message":"matchers in body should have at least 1 items"}"#
        ),
    ]

    @Test("what is wrong is said as Alertmanager says it")
    func refusals() async throws {
        let server = try await Server(AlertmanagerCommandTests.configuration)
        for (request, status, body) in AlertmanagerCommandTests.refusals {
            let words = request.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            let url = server.url + words[1]
            let answer = words[0] == "POST" ? await HTTP.post(url, words[2]) : await HTTP.get(url)
            #expect(answer?.status == status, "\(request)")
            #expect(answer?.body == body, "\(request)")
        }
        #expect(try await server.process.terminate() == .exit(0))
    }

    @Test("amtool adds, asks, silences, tests routes and shows the cluster")
    func amtool() async throws {
        let server = try await Server(AlertmanagerCommandTests.configuration)
        #expect(try await server.amtool("alert", "add", "DiskFull", "service=db", "instance=n9").ending == .exit(0))
        let found = try await server.amtool("alert", "query", "service=db")
        #expect(found.ending == .exit(0) && found.output.contains("DiskFull"), "\(found.output)")
        let added = try await server.amtool(
            "silence", "add", "alertname=DiskFull", "--comment=maint", "--author=ops", "--duration=2h")
        #expect(added.ending == .exit(0) && added.output.count == 36, "\(added.output)")
        #expect(try await server.amtool("silence", "query").output.contains("maint"))
        #expect(try await !server.amtool("alert", "query").output.contains("DiskFull"))
        let updated = try await server.amtool("silence", "update", added.output, "--comment=longer", "--duration=3h")
        #expect(updated.ending == .exit(0) && updated.output.contains("longer"), "\(updated.output)")
        #expect(try await server.amtool("silence", "expire", added.output).ending == .exit(0))
        #expect(try await server.amtool("alert", "query").output.contains("DiskFull"))
        #expect(try await server.amtool("config", "show").output.contains("receiver: team-db"))
        #expect(try await server.amtool("config", "routes", "test", "service=db").output == "team-db")
        #expect(try await server.amtool("config", "routes", "show").output.contains("team-db"))
        #expect(try await server.amtool("check-config", server.file).ending == .exit(0))
        #expect(try await server.amtool("cluster", "show").output.contains("disabled"))
        #expect(try await server.process.terminate() == .exit(0))
    }

    @Test("a prefix stands before every path, and a file that is read again is taken or refused with its words")
    func prefixAndReload() async throws {
        let server = try await Server(
            AlertmanagerCommandTests.configuration, arguments: ["--web.route-prefix=/am/"], prefix: "/am")
        #expect(await HTTP.get(server.url.replacingOccurrences(of: "/am", with: "/-/ready"))?.status == 404)
        try server.directory.write("route: {receiver: nobody}\nreceivers: [{name: x}]\n", to: "alertmanager.yml")
        let refused = try #require(await HTTP.post(server.url + "/-/reload", ""))
        #expect(refused.status == 500 && refused.body.contains(#"undefined receiver "nobody" used in route"#))
        #expect(await HTTP.get(server.url + "/api/v2/receivers")?.body == #"[{"name":"default"},{"name":"team-db"}]"#)
        try server.directory.write("route: {receiver: x}\nreceivers: [{name: x}]\n", to: "alertmanager.yml")
        #expect(await HTTP.post(server.url + "/-/reload", "")?.status == 200)
        try await eventually(deadline: .seconds(60), "the new receivers are shown") {
            await HTTP.get(server.url + "/api/v2/receivers")?.body == #"[{"name":"x"}]"#
        }
        #expect(try await server.process.terminate() == .exit(0))
    }
}
