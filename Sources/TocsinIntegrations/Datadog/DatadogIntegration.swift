import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Posts events to Datadog, over version 1 or version 2 of its Events API.
///
/// All notifications of a group have one `aggregation_key`, under which Datadog shows them as one; the last one says that
/// it is over.
///
/// Settings: `api_key`, `app_key` (version 2), `site`, `api` (`v1`, `v2`), `api_url`, `title`, `message`, `host` and `tags`
/// as templates, `source_type_name` (version 1).
///
/// Sources: <https://docs.datadoghq.com/api/latest/events/>, <https://docs.datadoghq.com/api/latest/rate-limits/>.
struct DatadogIntegration: Integration {
    private enum Version: String, CaseIterable {
        case v1
        case v2

        /// Version 2 has a door of its own.
        func address(site: String) -> String {
            switch self {
            case .v1: "https://api.\(site)/api/v1/events"
            case .v2: "https://event-management-intake.\(site)/api/v2/events"
            }
        }
    }

    private static let sites = [
        "datadoghq.com", "us3.datadoghq.com", "us5.datadoghq.com", "datadoghq.eu", "ap1.datadoghq.com",
        "ap2.datadoghq.com", "uk1.datadoghq.com", "ddog-gov.com", "us2.ddog-gov.com",
    ]

    private let url: Secret
    private let apiKey: Secret
    private let applicationKey: Secret?
    private let version: Version
    private let event: DatadogEvent
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        version = reader.oneOf("api", Version.self) ?? .v1
        event = DatadogEvent(context)
        applicationKey = reader.secretOrFile("app_key")
        let site = reader.string("site") ?? DatadogIntegration.sites[0]
        if !DatadogIntegration.sites.contains(site) {
            let all = DatadogIntegration.sites.joined(separator: ", ")
            let near = NearestName.find(site, in: DatadogIntegration.sites).map { "; did you mean '\($0)'?" } ?? ""
            reader.report("value_invalid", "expected one of \(all)\(near)", name: "site")
        }
        let address = context.address("api_url", default: version.address(site: site))
        guard let apiKey = context.secret("api_key"), let address else { return nil }
        self.apiKey = apiKey
        url = address
    }

    func request(
        for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let body =
            switch version {
            case .v1: try event.encodeVersion1(notification, render, now: now)
            case .v2: try event.encodeVersion2(notification, render, now: now)
            }
        var headers: [DeliveryRequest.Header] = [
            .init("Accept", Secret("application/json"), isSecret: false),
            .init("DD-API-KEY", apiKey, isSecret: true),
        ]
        if let applicationKey { headers.append(.init("DD-APPLICATION-KEY", applicationKey, isSecret: true)) }
        return http.request(
            to: url, headers: headers, body: body, secrets: [apiKey] + (applicationKey.map { [$0] } ?? []))
    }

    /// What version 1 calls the event; version 2 tells it deeper.
    private struct Answer: Decodable {
        struct Event: Decodable {
            let id_str: String?
            let id: Int64?
        }

        struct Details: Decodable {
            struct Event: Decodable {
                let id: String?
            }

            struct Attributes: Decodable {
                let evt: Event?
            }

            struct Data: Decodable {
                let attributes: Wrapped?
            }

            struct Wrapped: Decodable {
                let attributes: Attributes?
            }
        }

        let event: Event?
        let data: Details.Data?

        var id: String? { event?.id_str ?? event?.id.map(String.init) ?? data?.attributes?.attributes?.evt?.id }
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        switch response.status {
        case 200..<300:
            return .delivered(vendorID: (try? JSONDecoder().decode(Answer.self, from: Data(response.body)))?.id)
        case 429:
            let reset = RetryAfter.readReset("x-ratelimit-reset", of: response, now: now)
            return .retry(after: RetryAfter.read(response, now: now) ?? reset, reason: .rateLimited)
        default: return plain(response, now: now, authentication: [401, 403])
        }
    }
}
