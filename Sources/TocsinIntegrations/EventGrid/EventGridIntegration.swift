import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Publishes events to a topic of Azure Event Grid.
///
/// Settings: `endpoint` (the topic's address, as the portal shows it), and one of `access_key` (sent as it is, or with
/// `sign: true` as a token that ends in an hour), `sas_token`, `entra: {tenant_id, client_id, client_secret}` and
/// `managed_identity: {client_id}`; `schema` (`eventgrid`, the portal's default, or `cloudevents`: a topic takes the one
/// that it was made with), `source`, `subject` (a template), `per_alert`, `payload`.
///
/// Sources: <https://learn.microsoft.com/en-us/azure/event-grid/post-to-custom-topics>,
/// <https://learn.microsoft.com/en-us/azure/event-grid/cloud-event-schema>.
struct EventGridIntegration: EventSender {
    enum Schema: String, CaseIterable {
        case eventgrid
        case cloudevents
    }

    private enum Access: Sendable {
        case key(Secret)
        case signing(Secret)
        case token(Secret)
        case identity(CredentialRequest)
    }

    // The vendor's limits, in bytes: an event, and all of a request.
    private static let maximumBytes = 1 << 20
    /// What an event has besides its data, at most.
    private static let overhead = 16 * 1024
    private static let tokenLife = Duration.seconds(3600)

    private let endpoint: Secret
    private let access: Access
    private let schema: Schema
    private let source: String?
    private let subject: MessageTemplate?
    private let events: AlertEvents
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        events = AlertEvents(context)
        schema = reader.oneOf("schema", Schema.self) ?? .eventgrid
        source = CloudEvent.source(reader)
        subject = reader.has("subject") ? context.text("subject") : nil
        let endpoint = context.address("endpoint")
        guard let access = EventGridIntegration.access(reader), let endpoint else { return nil }
        self.access = access
        self.endpoint = EventGridIntegration.whole(endpoint)
    }

    /// The address with the path and the version, which people leave out.
    private static func whole(_ endpoint: Secret) -> Secret {
        var text = endpoint.reveal()
        if !text.dropFirst("https://".count).contains("/") { text += "/api/events" }
        return Secret(
            text.contains("api-version=") ? text : text + (text.contains("?") ? "&" : "?") + "api-version=2018-01-01")
    }

    private static func access(_ reader: MappingReader) -> Access? {
        let signs = reader.bool("sign") ?? false
        let key = reader.secretOrFile("access_key")
        let token = reader.secretOrFile("sas_token")
        let identity = AzureIdentity.read(reader, resource: "https://eventgrid.azure.net")
        let ways = [
            key.map { signs ? Access.signing($0) : .key($0) }, token.map(Access.token), identity.map(Access.identity),
        ]
        .compactMap(\.self)
        if ways.count != 1 {
            reader.report(
                ways.isEmpty ? "setting_missing" : "setting_conflict",
                "give one of 'access_key', 'sas_token', 'entra' and 'managed_identity'")
        }
        if signs, let key, AzureSignature.eventGrid(resource: "", key: key, end: .unset) == nil {
            reader.report("value_invalid", "'access_key' must be in Base64, as the portal shows it", name: "access_key")
            return nil
        }
        return ways.first
    }

    func batches(of notification: Notification, now: Timestamp) throws -> [[AlertEvent]] {
        let limit = EventGridIntegration.maximumBytes - EventGridIntegration.overhead
        return try events.events(of: notification, now: now, limit: limit).parts(
            count: .max, bytes: EventGridIntegration.maximumBytes - 2
        ) { $0.data.count + EventGridIntegration.overhead }
    }

    func request(
        with events: [AlertEvent], of notification: Notification, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let named = try subject.map { Truncation.bytesWithoutMark(try render($0), limit: 1024) } ?? ""
        let subject = named.isEmpty ? nil : named
        var writer = JSONWriter()
        writer.array { writer in
            for event in events {
                switch schema {
                case .eventgrid: EventGridIntegration.write(event, subject: subject, to: &writer)
                case .cloudevents:
                    CloudEvent(event, of: notification, source: source, subject: subject).write(to: &writer)
                }
            }
        }
        let type = schema == .eventgrid ? "application/json" : "application/cloudevents-batch+json"
        var request = http.request(
            to: endpoint, headers: [.init("Content-Type", Secret(type + "; charset=utf-8"), isSecret: false)],
            body: writer.bytes)
        authorize(&request, now: now)
        return request
    }

    private func authorize(_ request: inout DeliveryRequest, now: Timestamp) {
        switch access {
        case .key(let key): request.headers.append(.secret("aeg-sas-key", key.reveal()))
        case .token(let token): request.headers.append(.secret("aeg-sas-token", token.reveal()))
        case .identity(let identity): request.credential = identity
        case .signing(let key):
            let resource = String(endpoint.reveal().prefix { $0 != "?" })
            let token = AzureSignature.eventGrid(
                resource: resource, key: key, end: now + EventGridIntegration.tokenLife)
            if let token { request.headers.append(.secret("aeg-sas-token", token.reveal())) }
        }
    }

    /// Source: <https://learn.microsoft.com/en-us/azure/event-grid/event-schema>.
    private static func write(_ event: AlertEvent, subject: String?, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", event.id)
            writer.member("subject", subject ?? "alerts/" + event.subject)
            writer.member("eventType", "Tocsin.Alert." + (event.status == .firing ? "Firing" : "Resolved"))
            writer.member("eventTime", event.time.rfc3339)
            writer.name("data")
            writer.value(json: event.data)
            writer.member("dataVersion", "1.0")
        }
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        if response.status == 413 { return .split(reason: .status(413)) }
        return plain(response, now: now, disabling: [404, 410], authentication: [401, 403])
    }
}
