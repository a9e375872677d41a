import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Creates, changes and closes alerts over Opsgenie's Alert API, one alert a group; Jira Service Management takes the same
/// requests at another address.
///
/// Settings: `api_key`, `region` (`us`, `eu`; Opsgenie only), `api_url`, `update_alerts`, `responders`, `tags`, `priority`,
/// `entity`, `details`, `actions`, `note`, and Alertmanager's texts. An open alert keeps its first texts unless they are
/// changed field by field: in Tocsin's own form that is done for all notifications but the first, in Alertmanager's where
/// `update_alerts` asks for it.
///
/// Sources: <https://docs.opsgenie.com/docs/alert-api>, <https://docs.opsgenie.com/docs/response>,
/// <https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v2/api-group-integration-events/>; Alertmanager 0.25,
/// `notify/opsgenie/opsgenie.go`.
struct OpsgenieIntegration: Integration {
    /// Which product it is.
    enum Product: Sendable {
        case opsgenie
        case jiraServiceManagement
    }

    private enum Region: String, CaseIterable {
        case us
        case eu
    }

    private static let memoryName = "alias"
    private static let createAgain = "create within limits"

    private let address: Secret
    private let key: MessageTemplate
    private let alert: OpsgenieAlert
    private let updatesAlerts: Bool?
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext, product: Product) {
        http = HTTPSettings(context.reader)
        zoneFile = context.zoneFile
        alert = OpsgenieAlert(context)
        updatesAlerts = context.reader.bool("update_alerts")
        let standard: String
        switch product {
        case .opsgenie:
            let region = context.reader.oneOf("region", Region.self) ?? .us
            standard = region == .us ? "https://api.opsgenie.com/" : "https://api.eu.opsgenie.com/"
        // One host for all regions.
        case .jiraServiceManagement: standard = "https://api.atlassian.com/jsm/ops/integration/"
        }
        let address = context.address("api_url", default: standard)
        guard let key = context.secretTemplate("api_key"), let address else { return nil }
        self.address = address
        self.key = key
    }

    func request(
        for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let alias = notification.groupKeyHash
        guard notification.status == .firing else {
            let body = try alert.encodeClosing(render)
            return try request(of: "v2/alerts/\(alias)/close", query: "identifierType=alias", body: body, render)
        }
        let body = try alert.encode(notification, render)
        return try request(of: "v2/alerts", body: body, render)
    }

    func next(_ delivery: Delivery) throws -> DeliveryStep {
        let steps = try steps(delivery)
        guard let last = delivery.exchanges.last else { return .send(steps[0].request, step: steps[0].name) }
        if last.step == "create", [400, 422].contains(last.response.status), alert.isTemplated {
            return .send(try createWithinLimits(delivery), step: OpsgenieIntegration.createAgain)
        }
        let outcome = outcome(of: last, delivery)
        guard case .delivered = outcome else { return .end(outcome, keep: nil) }
        let again = delivery.exchanges.count { $0.step == OpsgenieIntegration.createAgain }
        let done = delivery.exchanges.count - again
        guard done == steps.count else { return .send(steps[done].request, step: steps[done].name) }
        let requestID = delivery.exchanges.prefix(1 + again).last.flatMap {
            OpsgenieIntegration.requestID(in: $0.response)
        }
        var memory = VendorMemory()
        if delivery.notification.status == .firing {
            memory[OpsgenieIntegration.memoryName] = delivery.notification.groupKeyHash
        }
        return .end(.delivered(vendorID: requestID), keep: memory)
    }

    /// For a form of Alertmanager's that the vendor has refused, perhaps for a text that is too long.
    private func createWithinLimits(_ delivery: Delivery) throws -> DeliveryRequest {
        let render = MessageRenderer(delivery.notification, now: delivery.now, zoneFile: zoneFile)
        return try request(
            of: "v2/alerts", body: try alert.encode(delivery.notification, render, isCut: true), render)
    }

    private func steps(_ delivery: Delivery) throws -> [(name: String, request: DeliveryRequest)] {
        let notification = delivery.notification
        let first = try request(for: notification, attempt: delivery.attempt, now: delivery.now)
        guard notification.status == .firing else { return [("close", first)] }
        let isOpen = delivery.memory[OpsgenieIntegration.memoryName] != nil
        guard updatesAlerts ?? (isOpen && !alert.isTemplated) else { return [("create", first)] }
        let render = MessageRenderer(notification, now: delivery.now, zoneFile: zoneFile)
        let updates = try alert.updates(notification, render).map { name, body in
            let path = "v2/alerts/\(notification.groupKeyHash)/\(name)"
            return (
                "update " + name,
                try request("PUT", of: path, query: "identifierType=alias", body: body, render)
            )
        }
        return [("create", first)] + updates
    }

    private func request(
        _ method: String = "POST", of path: String, query: String? = nil, body: [UInt8], _ render: MessageRenderer
    ) throws -> DeliveryRequest {
        // Files with a key often end with a line feed.
        let key = try render(key).trimmingCharacters(in: .whitespacesAndNewlines)
        return http.request(
            method: method, to: URLEscaping.append(path, to: address, query: query),
            headers: [.secret("Authorization", "GenieKey " + key)], body: body, secrets: [Secret(key)])
    }

    private func outcome(of exchange: Delivery.Exchange, _ delivery: Delivery) -> DeliveryOutcome {
        let status = exchange.response.status
        // Somebody closed or deleted it meanwhile: there is nothing left to do.
        let isGone = exchange.step == "close" && [404, 409].contains(status)
        // People were told; that an open alert keeps its old texts is worth no second page.
        let isIdle = exchange.step.hasPrefix("update") && [400, 404, 409, 422].contains(status)
        return isGone || isIdle ? .delivered(vendorID: nil) : outcome(of: exchange.response, now: delivery.now)
    }

    private struct Answer: Decodable {
        let requestId: String?
    }

    /// What the vendor calls its work on a request: it takes requests first and does them later.
    private static func requestID(in response: DeliveryResponse) -> String? {
        (try? JSONDecoder().decode(Answer.self, from: Data(response.body)))?.requestId
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        switch response.status {
        case 200..<300: return .delivered(vendorID: OpsgenieIntegration.requestID(in: response))
        // It is being changed by somebody else.
        case 409: return .retry(after: RetryAfter.read(response, now: now), reason: .status(409))
        case 429:
            let period = RetryAfter.readReset("x-ratelimit-period-in-sec", of: response, now: now)
            return .retry(after: RetryAfter.read(response, now: now) ?? period, reason: .rateLimited)
        default: return plain(response, now: now, authentication: [401, 403])
        }
    }
}
