import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Keeps one ticket a group in Zendesk.
///
/// Settings: `subdomain` or `url`, `email` and `api_token` or `oauth_token`, `title` and `message` (templates),
/// `priority`, `type`, `tags`, `custom_fields` (a template for each field's number), `group_id`, `assignee_id`,
/// `brand_id`, `ticket_form_id`, `requester_id`, `requester_email`, `public` and `reopen`, which says whether alerts
/// that fire again open their solved ticket instead of making another.
///
/// Source: <https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/>.
struct ZendeskIntegration: TicketDesk {
    private let address: Secret
    private let credentials: DeliveryRequest.Header
    private let form: ZendeskTicket
    private let reopens: Bool
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        form = ZendeskTicket(context)
        reopens = reader.bool("reopen") ?? true
        let address = ZendeskIntegration.address(context)
        let credentials = ZendeskIntegration.credentials(reader)
        guard let address, let credentials else { return nil }
        self.address = address
        self.credentials = credentials
    }

    private static func address(_ context: IntegrationContext) -> Secret? {
        let reader = context.reader
        guard let name = reader.string("subdomain") else { return context.address("url") }
        guard name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9-]{0,62}/) != nil else {
            reader.report(
                "value_invalid", "expected the first part of the address only, such as acme", name: "subdomain")
            return nil
        }
        return Secret("https://\(name).zendesk.com")
    }

    /// An API token goes with the e-mail address of its agent, an OAuth token alone.
    private static func credentials(_ reader: MappingReader) -> DeliveryRequest.Header? {
        func trimmed(_ secret: Secret) -> String { secret.reveal().trimmingCharacters(in: .whitespacesAndNewlines) }
        if let token = reader.secretOrFile("oauth_token") {
            return .secret("Authorization", "Bearer " + trimmed(token))
        }
        let token = reader.secretOrFile("api_token")
        guard let email = reader.requiredString("email") else { return nil }
        guard let token else {
            reader.report("setting_missing", "'api_token' is missing")
            return nil
        }
        let pair = "\(email)/token:\(trimmed(token))"
        return .secret("Authorization", "Basic " + Data(pair.utf8).base64EncodedString())
    }

    func request(
        for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let key = DeliveryRequest.Header("Idempotency-Key", Secret(notification.id.text), isSecret: false)
        return request("POST", "tickets", headers: [key], body: try form.create(notification, render))
    }

    private func request(
        _ method: String, _ path: String, query: String? = nil, headers: [DeliveryRequest.Header] = [],
        body: [UInt8] = []
    ) -> DeliveryRequest {
        let accept = DeliveryRequest.Header("Accept", Secret("application/json"), isSecret: false)
        return http.request(
            method: method, to: URLEscaping.append("api/v2/" + path, to: address, query: query),
            headers: [accept, credentials] + headers, body: body)
    }

    func look(at id: String) -> DeliveryRequest? { Int(id).map { request("GET", "tickets/\($0)") } }

    func find(_ notification: TocsinAlerts.Notification) -> DeliveryRequest {
        request("GET", "tickets", query: "external_id=\(notification.ticketMarker)")
    }

    func change(
        _ ticket: Ticket, by change: TicketChange, hasNote: Bool, for delivery: Delivery
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(delivery.notification, now: delivery.now, zoneFile: zoneFile)
        let body = try form.change(delivery.notification, by: change, hasNote: hasNote, render)
        var request = request("PUT", "tickets/\(ticket.id)", body: body)
        // A ticket takes 30 changes in ten minutes from one user.
        request.paces = [Pace("zendesk/\(address.reveal())/\(ticket.id)", perSecond: 0.05, burst: 30)]
        return request
    }

    private struct Answer: Decodable {
        struct Found: Decodable {
            let id: Int
            let status: String?
        }

        let ticket: Found?
        let tickets: [Found]?
        let error: String?

        init?(_ response: DeliveryResponse) {
            guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body)) else { return nil }
            self = answer
        }
    }

    func ticket(in response: DeliveryResponse) -> Ticket? {
        let answer = Answer(response)
        guard let found = answer?.ticket ?? answer?.tickets?.max(by: { $0.id < $1.id }) else { return nil }
        // A solved ticket is closed for good some days later, and takes no change from then on.
        switch found.status {
        case "closed", "deleted": return Ticket(id: String(found.id), state: .final)
        case "solved": return Ticket(id: String(found.id), state: reopens ? .closed : .final)
        default: return Ticket(id: String(found.id), state: .open)
        }
    }

    /// A closed ticket refuses changes with 422 and a word on its status.
    func isGone(_ response: DeliveryResponse) -> Bool {
        response.status == 404
            || (response.status == 422 && response.text.range(of: "closed", options: .caseInsensitive) != nil)
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        let hint = RetryAfter.read(response, now: now)
        switch response.status {
        case 200..<300: return .delivered(vendorID: ticket(in: response)?.id)
        case 409: return .retry(after: hint, reason: .status(409))
        // The key was used by an attempt whose texts were others: that ticket is found by its marker.
        case 400 where Answer(response)?.error == "IdempotentRequestError":
            return .retry(after: hint, reason: .status(400, word: "idempotency key used"))
        default: return plain(response, now: now, authentication: [401, 403])
        }
    }
}
