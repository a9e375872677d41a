import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Triggers flows of xMatters over an HTTP trigger or an inbound integration.
///
/// The flow tells an incident by the property `fingerprint`, which is the same for all notifications of a group, and ends
/// it when `status` is `resolved`.
///
/// Settings: `url` as xMatters shows it; `username` and `password`, or `api_key`, where the trigger asks for them and they
/// are not in the address (a bearer token goes with `http_config`); `title`, `message` and `priority` as templates,
/// `recipients`, `properties`.
///
/// Source: <https://help.xmatters.com/ondemand/flowdesigner/http-triggers.htm>,
/// <https://help.xmatters.com/integrations/inbound/inboundauthentication.htm>.
struct XMattersIntegration: Integration {
    private let url: Secret
    private let headers: [DeliveryRequest.Header]
    private let secrets: [Secret]
    private let event: XMattersEvent
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        event = XMattersEvent(context)
        let (name, password, key) = (
            reader.string("username"), reader.secretOrFile("password"), reader.secretOrFile("api_key")
        )
        if name != nil, key != nil {
            reader.report("setting_conflict", "'api_key' and 'username' exclude each other", name: "username")
        }
        headers =
            name.map { name in
                let pair = Data("\(name):\(password?.reveal() ?? "")".utf8).base64EncodedString()
                return [.secret("Authorization", "Basic " + pair)]
            } ?? []
        secrets = [password, key].compactMap(\.self)
        guard let url = context.address("url") else { return nil }
        self.url = key.map { XMattersIntegration.adding($0, to: url) } ?? url
    }

    private static func adding(_ key: Secret, to url: Secret) -> Secret {
        let separator = url.reveal().contains("?") ? "&" : "?"
        return Secret(url.reveal() + separator + "apiKey=" + URLEscaping.query(key.reveal()))
    }

    func request(
        for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        return http.request(to: url, headers: headers, body: try event.encode(notification, render), secrets: secrets)
    }

    private struct Answer: Decodable {
        let requestId: String?
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        let outcome = plain(response, now: now, disabling: [404, 410], authentication: [401, 403])
        guard case .delivered = outcome else { return outcome }
        return .delivered(vendorID: (try? JSONDecoder().decode(Answer.self, from: Data(response.body)))?.requestId)
    }
}
