import Foundation
import Testing
import TocsinAlerts
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@Suite("Jira")
struct JiraTests {
    private static let cloud = "api_url: 'https://x.atlassian.net', project: OPS, issue_type: Incident"
    private static let reopening = cloud + ", reopen_transition: Reopen, reopen_duration: 1d"
    private static let created = DeliveryResponse.answer(201, #"{"id":"10000","key":"OPS-24","self":"https://x"}"#)
    private static let nothing = DeliveryResponse.answer(200, #"{"issues":[]}"#)
    private static let noContent = DeliveryResponse.answer(204)
    private static let commented = DeliveryResponse.answer(201, #"{"id":"1"}"#)
    private static let ways = DeliveryResponse.answer(
        200,
        #"{"transitions":[{"id":"11","name":"Start","to":{"statusCategory":{"key":"indeterminate"}}},"#
            + #"{"id":"31","name":"Done","to":{"statusCategory":{"key":"done"}}},"#
            + #"{"id":"41","name":"Reopen","to":{"statusCategory":{"key":"new"}}}]}"#)

    private static func issue(
        _ category: String = "indeterminate", resolved: String? = nil, resolution: String = "Done"
    )
        -> String
    {
        let date = resolved.map { #","resolutiondate":"\#($0)","resolution":{"name":"\#(resolution)"}"# } ?? ""
        return #"{"id":"10000","key":"OPS-24","fields":{"status":{"statusCategory":{"key":"\#(category)"}}\#(date)}}"#
    }

    private static func found(_ issue: String = issue()) -> DeliveryResponse {
        .answer(200, #"{"issues":[\#(issue)]}"#)
    }

    private func walk(
        _ settings: String, _ notification: TocsinAlerts.Notification, memory: VendorMemory = VendorMemory(),
        isUnclear: Bool = false, _ answers: DeliveryResponse...
    ) throws -> Walk {
        try walk(settings, notification, memory, isUnclear, answers)
    }

    private func walk(
        _ notification: TocsinAlerts.Notification, memory: VendorMemory = VendorMemory(), isUnclear: Bool = false,
        _ answers: DeliveryResponse...
    ) throws -> Walk {
        try walk(JiraTests.cloud, notification, memory, isUnclear, answers)
    }

    private func walk(
        _ settings: String, _ notification: TocsinAlerts.Notification, _ memory: VendorMemory, _ isUnclear: Bool,
        _ answers: [DeliveryResponse]
    ) throws -> Walk {
        let delivery = Delivery(
            notification, attempt: isUnclear ? 2 : 1, isUnclear: isUnclear, memory: memory,
            now: GeneratedNotification.now)
        return try Walk(MadeIntegration.make("jira", "{\(settings)}"), delivery, answers: answers)
    }

    private func memory(told notification: TocsinAlerts.Notification) throws -> VendorMemory {
        try #require(try walk(notification, JiraTests.nothing, JiraTests.created).keep)
    }

    private func end() throws -> TocsinAlerts.Notification {
        try MadeIntegration.notification(status: .resolved, reason: .allResolved)
    }

    @Test("Every issue is one that Jira takes", arguments: 1...25 as ClosedRange<UInt64>)
    func generated(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let notification = try GeneratedNotification.make(&random)
        for settings in [
            JiraTests.cloud,
            JiraTests.cloud
                + ", summary: '{{ .CommonLabels }}', description: '{{ .CommonAnnotations }}', labels: ['a b', '{{ .Receiver }}']",
        ] {
            let integration = try MadeIntegration.make("jira", "{\(settings)}")
            let request = try integration.request(for: notification, attempt: 1, now: GeneratedNotification.now)
            let violations = try Contract.violations("jira", request.body)
            #expect(violations.isEmpty, "seed \(seed): \(violations)")
            let description = try request.json()["fields"]?["description"] ?? .null
            for text in description.objects(with: "text") {
                #expect(text["text"]?.string?.contains("\n") == false, "seed \(seed)")
            }
            for mark in description.objects(with: "href") {
                #expect(mark["href"]?.string?.hasPrefix("https://") == true, "seed \(seed)")
            }
        }
        let plain = try MadeIntegration.make("jira", "{api_url: 'https://j.example', project: A, issue_type: B}")
            .request(
                for: notification, attempt: 1, now: GeneratedNotification.now)
        let text = try #require(try plain.json()["fields"]?["description"]?.string)
        #expect(text.unicodeScalars.count <= 32_767, "seed \(seed)")
        #expect(text.lowercased().components(separatedBy: "{noformat").count == 3, "seed \(seed)")
    }

    @Test("What alerts say arrives as text", arguments: GeneratedNotification.hostileTexts)
    func hostile(text: String) throws {
        let request = try #require(
            try walk(MadeIntegration.notification(text), JiraTests.nothing).requests.last)
        let fields = try #require(try request.json()["fields"])
        let words = text.replacing("\r\n", with: "\n").replacing("\n", with: " ")
        let first = fields["description"]?["content"]?[0]?["content"]
        #expect(first?.array?.count == 1 && first?[0]?["text"] == .string("Firing: " + words))
        #expect(fields["summary"] == .string("[FIRING:1] Disk"))
    }

    @Test("A group has one issue: found before it is made, told what changed, and moved on at its end")
    func life() throws {
        let first = try walk(MadeIntegration.notification(), JiraTests.nothing, JiraTests.created)
        #expect(first.steps == ["search", "create"] && first.outcome == .delivered(vendorID: "OPS-24"))
        let search = first.requests[0]
        #expect(search.url.reveal() == "https://x.atlassian.net/rest/api/3/search/jql")
        let jql = try #require(try search.json()["jql"]?.string)
        let issue = try #require(try first.requests[1].json()["fields"])
        let label = try #require(issue["labels"]?[0]?.string)
        #expect(label.wholeMatch(of: /tocsin-[0-9a-f]{32}/) != nil)
        #expect(
            jql == "statusCategory != Done and project=\"OPS\" and labels=\"\(label)\" "
                + "order by status ASC,resolutiondate DESC")
        #expect(first.requests[1].url.reveal() == "https://x.atlassian.net/rest/api/3/issue")
        let memory = try #require(first.keep)

        let again = try MadeIntegration.notification(reason: .repeatInterval)
        let second = try walk(again, memory: memory, .answer(200, JiraTests.issue()))
        #expect(second.steps == ["issue"] && second.keep == memory)
        #expect(
            second.requests[0].url.reveal()
                == "https://x.atlassian.net/rest/api/3/issue/OPS-24?fields=status,resolution,resolutiondate")
        #expect(second.requests[0].method == "GET" && second.requests[0].body.isEmpty)

        let more = try MadeIntegration.notification(count: 2, reason: .newAlerts)
        let third = try walk(more, memory: memory, .answer(200, JiraTests.issue()), JiraTests.commented)
        #expect(third.steps == ["issue", "update"] && third.keep != memory)
        let comment = third.requests[1]
        #expect(comment.url.reveal() == "https://x.atlassian.net/rest/api/3/issue/OPS-24/comment")
        #expect(try comment.json()["body"]?["type"] == .string("doc"))

        let last = try walk(
            end(), memory: memory, .answer(200, JiraTests.issue()), JiraTests.commented, JiraTests.ways,
            JiraTests.noContent)
        #expect(last.steps == ["issue", "update", "transitions", "transition"])
        #expect(last.outcome == .delivered(vendorID: "OPS-24") && last.keep == VendorMemory())
        let transition = try #require(last.requests.last)
        #expect(transition.url.reveal() == "https://x.atlassian.net/rest/api/3/issue/OPS-24/transitions")
        #expect(try transition.json() == ["transition": .object(["id": .string("31")])])
        #expect(try Contract.violations("jira-transition", transition.body).isEmpty)
    }

    @Test("An issue whose making was not answered is found, not made again")
    func unclear() throws {
        let found = try walk(MadeIntegration.notification(), isUnclear: true, JiraTests.found())
        #expect(found.steps == ["search"] && found.outcome == .delivered(vendorID: "OPS-24"))
        #expect(try found.keep == memory(told: MadeIntegration.notification()))
        // Without doubt about an attempt it is an older one, which does not know of these alerts.
        let older = try walk(MadeIntegration.notification(), JiraTests.found(), JiraTests.commented)
        #expect(older.steps == ["search", "update"])
    }

    @Test("An issue that was deleted or is over is replaced while alerts fire, and is an end when they end")
    func gone() throws {
        let kept = try memory(told: MadeIntegration.notification())
        let firing = try MadeIntegration.notification(count: 2, reason: .newAlerts)
        let deleted = try walk(
            firing, memory: kept, .answer(404), JiraTests.nothing, JiraTests.created)
        #expect(deleted.steps == ["issue", "search", "create"] && deleted.keep != kept)
        let done = try walk(
            firing, memory: kept, .answer(200, JiraTests.issue("done")), JiraTests.nothing, JiraTests.created)
        #expect(done.steps == ["issue", "search", "create"])
        let meanwhile = try walk(
            firing, memory: kept, .answer(200, JiraTests.issue()), .answer(404), JiraTests.created)
        #expect(meanwhile.steps == ["issue", "update", "create"])

        for answers in [
            [DeliveryResponse.answer(404), JiraTests.nothing],
            [.answer(200, JiraTests.issue("done")), JiraTests.nothing],
            [.answer(200, JiraTests.issue()), JiraTests.commented, JiraTests.ways, .answer(404)],
        ] {
            let walk = try Walk(
                MadeIntegration.make("jira", "{\(JiraTests.cloud)}"), MadeIntegration.delivery(end(), memory: kept),
                answers: answers)
            #expect(walk.outcome == .delivered(vendorID: nil) && walk.keep == VendorMemory())
        }
    }

    @Test("An issue that is over is opened again for a while")
    func reopen() throws {
        let firing = try MadeIntegration.notification(count: 2)
        let kept = try memory(told: MadeIntegration.notification())
        // The tests' time is 2027-01-15T08:00:00Z.
        let recent = DeliveryResponse.answer(200, JiraTests.issue("done", resolved: "2027-01-14T10:00:00.000+0100"))
        let opened = try walk(
            JiraTests.reopening, firing, memory: kept, recent, JiraTests.commented, JiraTests.ways,
            JiraTests.noContent)
        #expect(opened.steps == ["issue", "update", "transitions", "transition"])
        #expect(try opened.requests.last?.json()["transition"]?["id"] == .string("41"))

        let old = DeliveryResponse.answer(200, JiraTests.issue("done", resolved: "2027-01-14T08:59:59.000+0100"))
        let replaced = try walk(JiraTests.reopening, firing, memory: kept, old, JiraTests.nothing, JiraTests.created)
        #expect(replaced.steps == ["issue", "search", "create"])
        let jql = try replaced.requests[1].json()["jql"]?.string ?? ""
        #expect(jql.hasPrefix("(resolutiondate is EMPTY OR resolutiondate >= -1440m) and project=\"OPS\" and labels="))

        let refused = DeliveryResponse.answer(
            200, JiraTests.issue("done", resolved: "2027-01-15T07:00:00.000+0000", resolution: "Won't Do"))
        let settings = JiraTests.reopening + ", wont_fix_resolution: \"Won't Do\""
        let other = try walk(settings, firing, memory: kept, refused, JiraTests.nothing, JiraTests.created)
        #expect(other.steps == ["issue", "search", "create"])
        #expect(try other.requests[1].json()["jql"]?.string?.hasPrefix("resolution != \"Won't Do\" and ") == true)
    }

    @Test("A failure after a comment does not repeat it, and a transition that is no more is chosen anew once")
    func progress() throws {
        let kept = try memory(told: MadeIntegration.notification())
        let failed = try walk(
            end(), memory: kept, .answer(200, JiraTests.issue()), JiraTests.commented, .answer(503))
        guard case .retry = failed.outcome else { return #expect(Bool(false), "\(failed)") }
        let next = try walk(
            end(), memory: try #require(failed.keep), .answer(200, JiraTests.issue()), JiraTests.ways,
            JiraTests.noContent)
        #expect(next.steps == ["issue", "transitions", "transition"])

        let invalid = DeliveryResponse.answer(400, #"{"errorMessages":["Transition id 31 is not valid"]}"#)
        let moved = try walk(
            end(), memory: kept, .answer(200, JiraTests.issue()), JiraTests.commented, JiraTests.ways, invalid,
            JiraTests.ways, invalid)
        #expect(moved.steps.suffix(4) == ["transitions", "transition", "transitions", "transition"])
        #expect(moved.outcome == .reject(reason: FailureReason("http_400")))

        let missing = try walk(
            JiraTests.cloud + ", resolve_transition: Nope", end(), memory: kept, .answer(200, JiraTests.issue()),
            JiraTests.commented, JiraTests.ways)
        #expect(missing.outcome == .reject(reason: FailureReason("transition_missing", detail: "Nope")))
    }

    @Test("With Alertmanager's texts, requests are Alertmanager's")
    func alertmanager() throws {
        let settings = """
            api_url: 'https://x.atlassian.net/rest/api/2/', project: '{{ .CommonLabels.team }}', issue_type: Bug, \
            summary: 's {{ .Status }}', labels: ['b c', a], resolve_transition: DONE, \
            fields: {customfield_1: '{{ len .Alerts }}', customfield_2: {value: red}, components: [{name: x}]}
            """
        let first = try walk(settings, MadeIntegration.notification(), JiraTests.nothing, JiraTests.created)
        #expect(first.steps == ["search", "create"])
        #expect(first.requests[0].url.reveal() == "https://x.atlassian.net/rest/api/3/search/jql")
        #expect(first.requests[1].url.reveal() == "https://x.atlassian.net/rest/api/2/issue")
        let fields = try #require(try first.requests[1].json()["fields"])
        #expect(fields["project"]?["key"] == .string("db") && fields["summary"] == .string("s firing"))
        let labels = (fields["labels"]?.array ?? []).compactMap(\.string)
        #expect(labels.count == 3 && labels.suffix(2) == ["a", "b_c"])
        let label = try #require(labels.first)
        #expect(label.wholeMatch(of: /ALERT\{[0-9a-f]{64}\}/) != nil)
        #expect(try first.requests[0].json()["jql"]?.string?.contains("project=\"db\" and labels=\"\(label)\"") == true)
        #expect(fields["customfield_1"] == .number(1) && fields["components"]?[0]?["name"] == .string("x"))
        #expect(fields["customfield_2"]?["value"] == .string("red"))
        #expect(fields["description"]?.string?.contains("# Alerts Firing:") == true && fields["priority"] == nil)

        let again = try MadeIntegration.notification(reason: .repeatInterval)
        let second = try walk(
            settings + ", description: {enable_update: false}", again, JiraTests.found(), JiraTests.noContent)
        #expect(second.steps == ["search", "update"] && second.requests[1].method == "PUT")
        #expect(second.requests[1].url.reveal() == "https://x.atlassian.net/rest/api/2/issue/OPS-24")
        #expect(try second.requests[1].json()["fields"]?["description"] == nil)
        #expect(try second.requests[1].json()["fields"]?["summary"] == .string("s firing"))

        let sections = """
            api_url: 'https://x.atlassian.net/rest/api/2', project: OPS, issue_type: Bug, priority: '', \
            summary: {template: x}, labels: {values: [a], enable_update: false}
            """
        let third = try walk(sections, again, JiraTests.found(), JiraTests.noContent)
        let written = try #require(try third.requests[1].json()["fields"])
        #expect(written["summary"] == .string("x") && written["labels"] == nil && written["priority"] == nil)

        let none = try walk(settings, end(), JiraTests.nothing)
        #expect(none.steps == ["search"] && none.outcome == .delivered(vendorID: nil))
    }

    @Test(
        "Addresses are those of the cloud or of a data center",
        arguments: [
            ("https://x.atlassian.net", "auto", "https://x.atlassian.net/rest/api/3"),
            ("https://api.atlassian.com/ex/jira/1", "auto", "https://api.atlassian.com/ex/jira/1/rest/api/3"),
            ("https://j.example/", "auto", "https://j.example/rest/api/2"),
            ("https://j.example/jira/rest/api/2", "datacenter", "https://j.example/jira/rest/api/2"),
            ("https://j.example/rest/api/3", "cloud", "https://j.example/rest/api/3"),
        ])
    func addresses(address: String, type: String, base: String) throws {
        let settings = "api_url: '\(address)', api_type: \(type), project: A, issue_type: B, api_token: t"
        let walk = try walk(settings, MadeIntegration.notification(), JiraTests.nothing)
        #expect(walk.requests[1].url.reveal() == base + "/issue")
        #expect(walk.requests[0].url.reveal() == base + (base.hasSuffix("3") ? "/search/jql" : "/search"))
        #expect(walk.requests[0].header("authorization") == "Bearer t")
        let isDocument = try walk.requests[1].json()["fields"]?["description"]?["type"] == .string("doc")
        #expect(isDocument == base.hasSuffix("3"))
    }

    @Test("Version 3 takes Alertmanager's documents and plain texts")
    func documents() throws {
        let document = #"{"version":1,"type":"doc","content":[]}"#
        let raw = try walk(
            JiraTests.cloud + ", description: '\(document)'", MadeIntegration.notification(), JiraTests.nothing)
        #expect(try raw.requests[1].json()["fields"]?["description"]?["content"] == .array([]))
        let plain = try walk(
            JiraTests.cloud + #", description: "a\nb""#, MadeIntegration.notification(), JiraTests.nothing)
        let content = try plain.requests[1].json()["fields"]?["description"]?["content"]?.array ?? []
        #expect(content.map { $0["content"]?[0]?["text"] } == [.string("a"), .string("b")])
    }
}
