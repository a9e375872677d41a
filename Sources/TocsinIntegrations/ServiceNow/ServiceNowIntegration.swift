import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Keeps one incident a group in ServiceNow, over its Table API.
///
/// Settings: `instance_url`, `username` and `password` or `token`, `table`, `title` and `message` (templates), `fields`
/// (a template for each column), `display_values`, `close_code`, `close_notes` (a template), `resolved_state`,
/// `reopened_state` and `reopen`, which says whether alerts that fire again open their resolved incident instead of
/// making another.
///
/// Sources: <https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html>;
/// <https://www.servicenow.com/docs/r/api-reference/rest-api-explorer/inbound-REST-API-rate-limiting.html>.
struct ServiceNowIntegration: TicketDesk {
    private let door: ServiceNowDoor
    private let record: ServiceNowRecord
    private let reopens: Bool
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        zoneFile = context.zoneFile
        record = ServiceNowRecord(context)
        reopens = context.reader.bool("reopen") ?? true
        guard let door = ServiceNowDoor(context) else { return nil }
        self.door = door
    }

    func request(
        for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        return door.request("POST", query: door.inputQuery, body: try record.create(notification, render))
    }

    func look(at id: String) -> DeliveryRequest? {
        ServiceNowIntegration.isID(id) ? door.request("GET", record: id) : nil
    }

    func find(_ notification: TocsinAlerts.Notification) -> DeliveryRequest {
        let query = "correlation_id=\(notification.ticketMarker)^ORDERBYDESCsys_created_on"
        return door.request("GET", query: [("sysparm_query", query), ("sysparm_limit", "1")])
    }

    func change(
        _ ticket: Ticket, by change: TicketChange, hasNote: Bool, for delivery: Delivery
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(delivery.notification, now: delivery.now, zoneFile: zoneFile)
        let body = try record.change(delivery.notification, by: change, hasNote: hasNote, render)
        return door.request("PATCH", record: ticket.id, query: door.inputQuery, body: body)
    }

    private struct Answer: Decodable {
        struct Record: Decodable {
            let id: String?
            let state: String?

            private enum CodingKeys: String, CodingKey {
                case id = "sys_id"
                case state
            }
        }

        let records: [Record]

        private enum CodingKeys: String, CodingKey {
            case result
        }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: CodingKeys.self)
            if let record = try? members.decode(Record.self, forKey: .result) {
                records = [record]
            } else {
                records = try members.decode([Record].self, forKey: .result)
            }
        }
    }

    func ticket(in response: DeliveryResponse) -> Ticket? {
        let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body))
        guard let found = answer?.records.first, let id = found.id, ServiceNowIntegration.isID(id) else { return nil }
        // 6 is resolved; 7 is closed and 8 is cancelled, and neither takes changes.
        switch found.state {
        case "7", "8": return Ticket(id: id, state: .final)
        case record.resolvedState, "6": return Ticket(id: id, state: reopens ? .closed : .final)
        default: return Ticket(id: id, state: .open)
        }
    }

    /// A `sys_id` becomes part of an address.
    private static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { "0123456789abcdefABCDEF".utf8.contains($0) }
    }

    func isGone(_ response: DeliveryResponse) -> Bool { response.status == 404 }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        let outcome = plain(response, now: now, authentication: [401, 403])
        guard case .delivered = outcome else { return outcome }
        // An instance that hibernates answers 200 with a page that says so.
        guard (try? JSONDecoder().decode(Answer.self, from: Data(response.body))) != nil else {
            return .retry(after: nil, reason: .invalidResponse)
        }
        return .delivered(vendorID: ticket(in: response)?.id)
    }
}
