import Crypto
import Foundation
import TocsinCore

/// Shared access signatures: tokens that are made from a key and end by themselves, so that the key stays here.
enum AzureSignature {
    /// A token for a topic of Event Grid, for the header `aeg-sas-token`.
    ///
    /// Source: <https://learn.microsoft.com/en-us/azure/event-grid/authenticate-with-access-keys-shared-access-signatures>.
    ///
    /// - Parameter key: In Base64.
    /// - Returns: `nil` if the key is none.
    static func eventGrid(resource: String, key: Secret, end: Timestamp) -> Secret? {
        guard let key = Data(base64Encoded: key.reveal()) else { return nil }
        let time = String(end.rfc3339Milliseconds.prefix(19).replacing("T", with: " ")) + "+00:00"
        let claim = "r=" + URLEscaping.component(resource) + "&e=" + URLEscaping.component(time)
        return Secret(claim + "&s=" + URLEscaping.component(code(claim, key: key)))
    }

    /// A token for a queue or topic of Service Bus, for the header `Authorization`.
    ///
    /// Source: <https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-sas>.
    static func serviceBus(resource: String, policy: String, key: Secret, end: Timestamp) -> Secret {
        let resource = URLEscaping.query(resource)
        let seconds = String(end.milliseconds / 1000)
        let code = code(resource + "\n" + seconds, key: Data(key.reveal().utf8))
        return Secret(
            "SharedAccessSignature sr=\(resource)&sig=\(URLEscaping.query(code))&se=\(seconds)&skn=\(policy)")
    }

    private static func code(_ text: String, key: Data) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: key))
        return Data(code).base64EncodedString()
    }
}
