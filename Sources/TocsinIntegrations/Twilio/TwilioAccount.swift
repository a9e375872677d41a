import Foundation
import TocsinConfiguration
import TocsinCore

/// An account at Twilio, and the numbers that it reaches.
///
/// Settings: `account_sid`, `auth_token` or `api_key_sid` with `api_key_secret`, `to` (one number or several) and
/// `api_url`.
///
/// Sources: <https://www.twilio.com/docs/usage/api>; <https://www.twilio.com/docs/iam/api-keys>.
struct TwilioAccount: Sendable {
    /// More would not fit into what is kept of a notification.
    private static let maximumRecipients = 50

    private let base: Secret
    private let credentials: DeliveryRequest.Header
    private let http: HTTPSettings
    /// Whom to reach, in the order of the settings.
    let recipients: [String]

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        recipients = TwilioAccount.recipients(reader)
        let address = context.address("api_url", default: "https://api.twilio.com")
        let account = reader.requiredString("account_sid") ?? ""
        let credentials = TwilioAccount.credentials(reader, account: account)
        guard account.isEmpty || account.wholeMatch(of: /AC[0-9a-fA-F]{32}/) != nil else {
            reader.report("value_invalid", "expected AC and 32 digits", name: "account_sid")
            return nil
        }
        guard let credentials, let address else { return nil }
        self.credentials = credentials
        base = URLEscaping.append("2010-04-01/Accounts/" + account, to: address)
    }

    /// An API key can be revoked without the account's token.
    private static func credentials(_ reader: MappingReader, account: String) -> DeliveryRequest.Header? {
        let key = reader.string("api_key_sid")
        let name = key == nil ? "auth_token" : "api_key_secret"
        for other in ["auth_token", "auth_token_file", "api_key_secret", "api_key_secret_file"] {
            _ = reader.node(other)
        }
        guard reader.has(name) || reader.has(name + "_file") else {
            reader.report("setting_missing", "'\(name)' is missing")
            return nil
        }
        guard let secret = reader.secretOrFile(name) else {
            reader.report("setting_missing", "'\(name)' must not be empty", name: name)
            return nil
        }
        let pair = "\(key ?? account):" + secret.reveal().trimmingCharacters(in: .whitespacesAndNewlines)
        return .secret("Authorization", "Basic " + Data(pair.utf8).base64EncodedString())
    }

    /// One number or several.
    private static func recipients(_ reader: MappingReader) -> [String] {
        var numbers: [String] = []
        if case .scalar? = reader.node("to")?.value {
            numbers = reader.string("to").map { [$0] } ?? []
        } else {
            numbers = reader.stringList("to") ?? []
        }
        var unique: [String] = []
        for number in numbers where !unique.contains(number) { unique.append(number) }
        if unique.isEmpty { reader.report("setting_missing", "'to' is missing: one number, or a list of them") }
        if !unique.allSatisfy(isNumber) {
            reader.report("value_invalid", "expected numbers such as +15551234567", name: "to")
        }
        if unique.count > maximumRecipients {
            reader.report("value_invalid", "expected at most \(maximumRecipients) numbers", name: "to")
        }
        return unique
    }

    /// E.164: a plus and at most 15 digits.
    static func isNumber(_ text: String) -> Bool { text.wholeMatch(of: /\+[1-9][0-9]{1,14}/) != nil }

    /// A request to what belongs to the account.
    ///
    /// - Parameter form: The members of a new one; `nil` asks for a list.
    func request(_ resource: String, query: [(String, String)] = [], form: [(String, String)]?) -> DeliveryRequest {
        func encode(_ members: [(String, String)]) -> String {
            members.map { URLEscaping.query($0.0) + "=" + URLEscaping.query($0.1) }.joined(separator: "&")
        }
        let type = DeliveryRequest.Header(
            "Content-Type", Secret("application/x-www-form-urlencoded"), isSecret: false)
        let accept = DeliveryRequest.Header("Accept", Secret("application/json"), isSecret: false)
        let headers = form == nil ? [accept, credentials] : [type, accept, credentials]
        return http.request(
            method: form == nil ? "GET" : "POST",
            to: URLEscaping.append(resource, to: base, query: query.isEmpty ? nil : encode(query)), headers: headers,
            body: form.map { Array(encode($0).utf8) } ?? [])
    }
}
