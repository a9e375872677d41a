import Foundation
import Testing
import TocsinAlerts
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@Suite("ServiceNow")
struct ServiceNowTests {
    private static let settings = "instance_url: 'https://i.service-now.com', username: u, password: p"
    private static let id = "9d385017c611228701d22104cc95c371"
    private static let base = "https://i.service-now.com/api/now/table/incident"
    private static let nothing = DeliveryResponse.answer(200, #"{"result":[]}"#)
    private static let created = DeliveryResponse.answer(
        201, #"{"result":{"sys_id":"\#(id)","number":"INC0010002","state":"1"}}"#)

    private static func record(_ state: String = "1") -> String {
        #"{"sys_id":"\#(id)","number":"INC0010002","state":"\#(state)"}"#
    }

    private static func known(_ state: String = "1") -> DeliveryResponse {
        .answer(200, #"{"result":\#(record(state))}"#)
    }

    private static func found(_ state: String = "1") -> DeliveryResponse {
        .answer(200, #"{"result":[\#(record(state))]}"#)
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
        try walk(ServiceNowTests.settings, notification, memory, isUnclear, answers)
    }

    private func walk(
        _ settings: String, _ notification: TocsinAlerts.Notification, _ memory: VendorMemory, _ isUnclear: Bool,
        _ answers: [DeliveryResponse]
    ) throws -> Walk {
        let delivery = Delivery(
            notification, isUnclear: isUnclear, memory: memory, now: GeneratedNotification.now)
        return try Walk(MadeIntegration.make("servicenow", "{\(settings)}"), delivery, answers: answers)
    }

    private func kept() throws -> VendorMemory {
        try #require(
            try walk(MadeIntegration.notification(), ServiceNowTests.nothing, ServiceNowTests.created).keep)
    }

    private func end() throws -> TocsinAlerts.Notification {
        try MadeIntegration.notification(status: .resolved, reason: .allResolved)
    }

    @Test("Every incident and every change is one that ServiceNow takes", arguments: 1...25 as ClosedRange<UInt64>)
    func generated(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let notification = try GeneratedNotification.make(&random)
        let create = try walk(notification, ServiceNowTests.nothing)
        if notification.status == .firing {
            let request = try #require(create.requests.last)
            #expect(try Contract.violations("servicenow", request.body).isEmpty, "seed \(seed)")
        }
        let change = try #require(try walk(notification, memory: kept(), ServiceNowTests.known()).requests.last)
        #expect(change.method == "PATCH", "seed \(seed)")
        #expect(try Contract.violations("servicenow-update", change.body).isEmpty, "seed \(seed)")
    }

    @Test("What alerts say arrives as text", arguments: GeneratedNotification.hostileTexts)
    func hostile(text: String) throws {
        let walk = try walk(MadeIntegration.notification(text), ServiceNowTests.nothing)
        let words = text.replacing("\r\n", with: "\n").replacing("\n", with: " ")
        let body = try #require(try walk.requests.last?.json())
        #expect(body["description"]?.string?.hasPrefix("Firing: " + words + "\n") == true)
        #expect(
            body.keys.sorted() == [
                "correlation_display", "correlation_id", "description", "impact", "short_description", "urgency",
            ])
    }

    @Test("A group has one incident: found before it is made, told what changed, and resolved")
    func life() throws {
        let first = try walk(MadeIntegration.notification(), ServiceNowTests.nothing, ServiceNowTests.created)
        #expect(first.steps == ["search", "create"] && first.outcome == .delivered(vendorID: ServiceNowTests.id))
        let marker = try #require(try first.requests[1].json()["correlation_id"]?.string)
        #expect(
            first.requests[0].url.reveal() == ServiceNowTests.base
                + "?sysparm_query=correlation_id%3D\(marker)%5EORDERBYDESCsys_created_on&sysparm_limit=1"
                + "&sysparm_fields=sys_id%2Cnumber%2Cstate")
        #expect(first.requests[1].url.reveal() == ServiceNowTests.base + "?sysparm_fields=sys_id%2Cnumber%2Cstate")
        #expect(first.requests[1].header("authorization") == "Basic dTpw")
        let memory = try #require(first.keep)

        let again = try MadeIntegration.notification(reason: .repeatInterval)
        let second = try walk(again, memory: memory, ServiceNowTests.known())
        #expect(second.steps == ["ticket"] && second.keep == memory)

        let more = try MadeIntegration.notification(count: 2, reason: .newAlerts)
        let third = try walk(more, memory: memory, ServiceNowTests.known(), ServiceNowTests.known())
        #expect(third.steps == ["ticket", "change"])
        #expect(try third.requests[1].json().keys.sorted() == ["work_notes"])
        #expect(third.requests[1].url.reveal().hasPrefix(ServiceNowTests.base + "/\(ServiceNowTests.id)?"))

        let last = try walk(end(), memory: memory, ServiceNowTests.known("2"), ServiceNowTests.known("6"))
        let body = try #require(try last.requests.last?.json())
        #expect(body["state"] == .string("6") && body["close_code"] == .string("Resolved by caller"))
        #expect(body["close_notes"]?.string?.isEmpty == false && body["work_notes"] != nil)
        #expect(last.outcome == .delivered(vendorID: ServiceNowTests.id))
    }

    @Test("An incident whose making was not answered is found, not made again")
    func unclear() throws {
        let walk = try walk(MadeIntegration.notification(), isUnclear: true, ServiceNowTests.found())
        #expect(walk.steps == ["search"] && walk.outcome == .delivered(vendorID: ServiceNowTests.id))
        #expect(try walk.keep == kept())
    }

    @Test(
        "What is over is opened again or replaced while alerts fire, and is an end when they end",
        arguments: ["6", "7", "8", "404"])
    func over(state: String) throws {
        let answer = state == "404" ? DeliveryResponse.answer(404) : ServiceNowTests.known(state)
        let firing = try MadeIntegration.notification(count: 2)
        for settings in [ServiceNowTests.settings, ServiceNowTests.settings + ", reopen: false"] {
            let opens = state == "6" && settings == ServiceNowTests.settings
            let walk = try walk(
                settings, firing, memory: kept(), answer, opens ? ServiceNowTests.known("2") : ServiceNowTests.nothing,
                ServiceNowTests.created)
            #expect(walk.steps == (opens ? ["ticket", "change"] : ["ticket", "search", "create"]))
            if opens { #expect(try walk.requests.last?.json()["state"] == .string("2")) }
        }
        let last = try walk(end(), memory: kept(), answer, ServiceNowTests.nothing)
        guard case .delivered = last.outcome else { return #expect(Bool(false), "\(last)") }
        #expect(!last.steps.contains("create") && !last.steps.contains("change"))
    }

    @Test("An incident that is deleted at the last moment is an end too")
    func deleted() throws {
        let last = try walk(end(), memory: kept(), ServiceNowTests.known(), .answer(404))
        #expect(last.outcome == .delivered(vendorID: nil) && last.keep == VendorMemory())
        let firing = try MadeIntegration.notification(count: 2)
        let again = try walk(firing, memory: kept(), ServiceNowTests.known(), .answer(404), ServiceNowTests.created)
        #expect(again.steps == ["ticket", "change", "create"])
    }

    @Test("Fields and texts are templates, and names stand for records where that is wanted")
    func settings() throws {
        let settings =
            ServiceNowTests.settings + """
                , table: u_alert, display_values: true, title: 't {{ .Status }}', message: m, \
                fields: {category: '{{ .CommonLabels.team }}', assignment_group: Database, impact: '3', caller_id: ''}
                """
        let walk = try walk(settings, MadeIntegration.notification(), ServiceNowTests.nothing, ServiceNowTests.created)
        let request = try #require(walk.requests.last)
        #expect(
            request.url.reveal()
                == "https://i.service-now.com/api/now/table/u_alert?sysparm_input_display_value=true"
                + "&sysparm_fields=sys_id%2Cnumber%2Cstate")
        let body = try request.json()
        #expect(body["short_description"] == .string("t firing") && body["description"] == .string("m"))
        #expect(body["category"] == .string("db") && body["impact"] == .string("3") && body["caller_id"] == nil)
    }

    @Test("A page that says that the instance hibernates is no answer")
    func hibernating() throws {
        let page = DeliveryResponse.answer(200, "<html>Instance Hibernating page</html>")
        let walk = try walk(MadeIntegration.notification(), page)
        #expect(walk.outcome == .retry(after: nil, reason: .invalidResponse) && walk.keep == nil)
    }
}
