import Foundation
import TocsinConfiguration
import TocsinCore

/// How an instance of ServiceNow is spoken to: its address and the credentials for it.
struct ServiceNowDoor: Sendable {
    private let address: Secret
    private let credentials: DeliveryRequest.Header?
    private let http: HTTPSettings
    private let takesDisplayValues: Bool

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        takesDisplayValues = reader.bool("display_values") ?? false
        credentials = ServiceNowDoor.credentials(reader)
        let table = reader.string("table") ?? "incident"
        guard let instance = context.address("instance_url") else { return nil }
        guard table.wholeMatch(of: /[a-z0-9_]{1,80}/) != nil else {
            reader.report("value_invalid", "expected a table's name, such as incident", name: "table")
            return nil
        }
        address = URLEscaping.append("api/now/table/" + table, to: instance)
    }

    private static func credentials(_ reader: MappingReader) -> DeliveryRequest.Header? {
        if let token = reader.secretOrFile("token") {
            return .secret("Authorization", "Bearer " + token.reveal().trimmingCharacters(in: .whitespacesAndNewlines))
        }
        let password = reader.secretOrFile("password")?.reveal().trimmingCharacters(in: .newlines)
        guard let user = reader.string("username") else { return nil }
        return .secret("Authorization", "Basic " + Data("\(user):\(password ?? "")".utf8).base64EncodedString())
    }

    /// Says whether fields that refer to records are given by their names instead of their ids.
    var inputQuery: [(String, String)] { takesDisplayValues ? [("sysparm_input_display_value", "true")] : [] }

    /// - Parameter record: The `sys_id` of a record; `nil` for the table.
    func request(
        _ method: String, record: String? = nil, query: [(String, String)] = [], body: [UInt8] = []
    ) -> DeliveryRequest {
        let all = query + [("sysparm_fields", "sys_id,number,state")]
        let text = all.map { $0.0 + "=" + URLEscaping.query($0.1) }.joined(separator: "&")
        let base = record.map { URLEscaping.append($0, to: address) } ?? address
        let separator = base.reveal().contains("?") ? "&" : "?"
        let accept = DeliveryRequest.Header("Accept", Secret("application/json"), isSecret: false)
        return http.request(
            method: method, to: Secret(base.reveal() + separator + text),
            headers: [accept] + (credentials.map { [$0] } ?? []), body: body)
    }
}
