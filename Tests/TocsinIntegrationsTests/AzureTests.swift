import Foundation
import Testing
import TocsinAlerts
import TocsinCore
import TocsinTesting

@testable import TocsinIntegrations

@Suite("Azure Event Grid and Service Bus")
struct AzureTests {
    private static let grid = "endpoint: 'https://t.westus2-1.eventgrid.azure.net/api/events', "
    private static let bus =
        "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=Send;SharedAccessKey=c2VjcmV0=;EntityPath=alerts"

    private func vector(_ kind: String) throws -> JSONValue {
        let whole = JSONValue(try JSONSerialization.jsonObject(with: Contract.data("vectors/signatures.json")))
        return try #require(whole["vectors"]?.array?.first { $0["kind"]?.string == kind })
    }

    private func request(
        _ kind: String, _ settings: String, _ notification: TocsinAlerts.Notification
    ) throws -> DeliveryRequest {
        try MadeIntegration.make(kind, settings).request(for: notification, attempt: 1, now: GeneratedNotification.now)
    }

    @Test("Tokens of Event Grid are those of Microsoft's library")
    func eventGridToken() throws {
        let vector = try vector("azure-eventgrid-sas")
        let token = AzureSignature.eventGrid(
            resource: vector["resource"]?.string ?? "", key: Secret(vector["key"]?.string ?? ""),
            end: try #require(Timestamp(rfc3339: "2026-11-23T09:00:00Z".utf8)))
        #expect(token?.reveal() == vector["expected"]?.string)
    }

    @Test("Tokens of Service Bus are those of Microsoft's library")
    func serviceBusToken() throws {
        let vector = try vector("azure-servicebus-sas")
        let seconds = Int64(vector["expiry"]?.string ?? "") ?? 0
        let token = AzureSignature.serviceBus(
            resource: vector["resource"]?.string ?? "", policy: vector["policy"]?.string ?? "",
            key: Secret(vector["key"]?.string ?? ""), end: Timestamp(milliseconds: seconds * 1000))
        #expect(token.reveal() == vector["expected"]?.string)
    }

    @Test("Every request is one that Event Grid takes", arguments: 1...20 as ClosedRange<UInt64>)
    func generated(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let notification = try GeneratedNotification.make(&random)
        for schema in ["eventgrid", "cloudevents"] {
            for more in ["", "per_alert: true, subject: '{{ .Receiver }}', "] {
                let settings = "{\(AzureTests.grid)\(more)schema: \(schema), access_key: a2V5}"
                let ok = Array(repeating: DeliveryResponse.answer(200), count: 100)
                let walk = try Walk(
                    MadeIntegration.make("azure_eventgrid", settings), MadeIntegration.delivery(notification),
                    answers: ok)
                let kind = schema == "eventgrid" ? "azure-eventgrid" : "azure-eventgrid-cloudevents"
                for request in walk.requests {
                    #expect(try Contract.violations(kind, request.body) == [], "seed \(seed) \(settings)")
                }
            }
        }
    }

    @Test("A request is that of Microsoft's library", arguments: ["eventgrid", "cloudevents"])
    func golden(schema: String) throws {
        let name = schema == "eventgrid" ? "azure-eventgrid-publish" : "azure-eventgrid-cloudevents-publish"
        let golden = JSONValue(try JSONSerialization.jsonObject(with: Contract.data("goldens/\(name).json")))
        let settings =
            "{endpoint: 'https://exampletopic.westus2-1.eventgrid.azure.net', schema: \(schema), access_key: a2V5}"
        let request = try request("azure_eventgrid", settings, MadeIntegration.notification())
        let address = "https://" + (golden["real_host"]?.string ?? "") + (golden["target"]?.string ?? "")
        #expect(request.url.reveal() == address && request.method == golden["method"]?.string)
        let type = golden["headers"]?.array?.first { $0[0]?.string == "Content-Type" }?[1]?.string
        #expect(request.header("Content-Type") == type && request.header("aeg-sas-key") == "a2V5")
        let events = JSONValue(try JSONSerialization.jsonObject(with: Data(request.body)))
        let (made, sent) = (events[0]?.object ?? [:], golden["body_json"]?[0]?.object ?? [:])
        for name in sent.keys { #expect(made[name] != nil, "\(name)") }
        for name in ["eventType", "type", "dataVersion", "specversion"] { #expect(made[name] == sent[name]) }
    }

    @Test("Keys, tokens and identities each go where Microsoft expects them")
    func access() throws {
        let notification = try MadeIntegration.notification()
        let signed = try request("azure_eventgrid", "{\(AzureTests.grid)access_key: a2V5, sign: true}", notification)
        let token = try #require(signed.header("aeg-sas-token"))
        #expect(token.hasPrefix("r=https%3A%2F%2Ft.westus2-1.eventgrid.azure.net%2Fapi%2Fevents&e=2027-01-15%2009"))
        #expect(signed.header("aeg-sas-key") == nil && !signed.masked().contains(token))
        let entra = try request(
            "azure_eventgrid",
            "{\(AzureTests.grid)entra: {tenant_id: t1, client_id: c1, client_secret: hunter2hunter2}}", notification)
        let fetching = CredentialFetching(now: GeneratedNotification.now, id: "1")
        guard case .send(let asked)? = try entra.credential?.next(fetching) else {
            Issue.record("nothing is asked")
            return
        }
        #expect(asked.url.reveal() == "https://login.microsoftonline.com/t1/oauth2/v2.0/token")
        #expect(
            String(decoding: asked.body, as: UTF8.self)
                == "client_id=c1&client_secret=hunter2hunter2&grant_type=client_credentials"
                + "&scope=https%3A%2F%2Feventgrid.azure.net%2F.default")
        let managed = try request(
            "azure_servicebus", "{namespace: ns, entity: q, managed_identity: {client_id: c2}}", notification)
        guard case .send(let metadata)? = try managed.credential?.next(fetching) else {
            Issue.record("nothing is asked")
            return
        }
        #expect(metadata.method == "GET" && metadata.header("Metadata") == "true")
        #expect(
            metadata.url.reveal() == "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01"
                + "&resource=https%3A%2F%2Fservicebus.azure.net&client_id=c2")
    }

    @Test("A message to Service Bus has a stable name, and headers of ASCII alone")
    func message() throws {
        let settings =
            "{connection_string: '\(AzureTests.bus)', sessions: true, label: 'é \"{{ .Status }}\"', properties: {team: '{{ .CommonLabels.team }}'}}"
        let request = try request("azure_servicebus", settings, MadeIntegration.notification())
        #expect(request.url.reveal() == "https://ns.servicebus.windows.net/alerts/messages")
        let broker = JSONValue(
            try JSONSerialization.jsonObject(with: Data((request.header("BrokerProperties") ?? "").utf8)))
        #expect(broker["MessageId"] == .string("0b1c") && broker["Label"] == .string("é \"firing\""))
        #expect(broker["SessionId"] == broker["CorrelationId"] && broker["SessionId"]?.string?.count == 64)
        #expect(request.header("team") == "\"db\"" && request.header("status") == "\"firing\"")
        #expect(request.headers.allSatisfy { $0.value.reveal().utf8.allSatisfy { (0x20...0x7E).contains($0) } })
        let authorization = try #require(request.header("Authorization"))
        #expect(
            authorization.hasPrefix("SharedAccessSignature sr=https%3A%2F%2Fns.servicebus.windows.net%2Falerts&sig="))
        #expect(authorization.hasSuffix("&se=1800003600&skn=Send"))
    }

    @Test("Many messages to Service Bus go together, within its sizes", arguments: 1...6 as ClosedRange<UInt64>)
    func batch(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let notification = try GeneratedNotification.make(&random)
        let made = try MadeIntegration.make(
            "azure_servicebus",
            "{connection_string: '\(AzureTests.bus)', per_alert: true, label: '{{ .Receiver }}', properties: {r: '{{ .Receiver }}'}}"
        )
        let ok = Array(repeating: DeliveryResponse.answer(201), count: 500)
        let walk = try Walk(made, MadeIntegration.delivery(notification), answers: ok)
        #expect(walk.outcome == .delivered(vendorID: nil))
        var names: Set<String> = []
        for request in walk.requests {
            #expect(request.headers.allSatisfy { $0.value.reveal().utf8.allSatisfy { (0x20...0x7E).contains($0) } })
            if let one = request.header("BrokerProperties") {
                #expect(request.body.count <= 256 * 1024, "seed \(seed)")
                let broker = JSONValue(try JSONSerialization.jsonObject(with: Data(one.utf8)))
                names.insert(broker["MessageId"]?.string ?? "")
                continue
            }
            #expect(request.body.count <= 256 * 1024, "seed \(seed) \(request.body.count)")
            let messages = JSONValue(try JSONSerialization.jsonObject(with: Data(request.body)))
            for message in messages.array ?? [] {
                names.insert(message["BrokerProperties"]?["MessageId"]?.string ?? "")
            }
        }
        #expect(names.count == Set(notification.alerts.map(\.alert.fingerprint)).count, "seed \(seed)")
    }
}
