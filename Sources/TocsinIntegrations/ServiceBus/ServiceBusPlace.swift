import Foundation
import TocsinConfiguration
import TocsinCore

/// A queue or topic of Azure Service Bus, and how it is reached.
struct ServiceBusPlace: Sendable {
    private enum Access: Sendable {
        case policy(String, key: Secret)
        case identity(CredentialRequest)
    }

    /// Where messages are posted to.
    let address: Secret
    private let resource: String
    private let access: Access

    /// Reads the settings; what is wrong is reported.
    init?(_ reader: MappingReader) {
        let parts = ServiceBusPlace.parts(reader.secretOrFile("connection_string"))
        let named = reader.string("namespace") ?? ""
        let entity = reader.string("entity").flatMap { $0.isEmpty ? nil : $0 } ?? parts["entitypath"]
        let policy = reader.string("policy") ?? parts["sharedaccesskeyname"]
        let key = reader.secretOrFile("key") ?? parts["sharedaccesskey"].map(Secret.init)
        let identity = AzureIdentity.read(reader, resource: "https://servicebus.azure.net")
        guard let base = ServiceBusPlace.base(named, endpoint: parts["endpoint"]) else {
            reader.report("setting_missing", "'connection_string' or 'namespace' is missing")
            return nil
        }
        guard let entity else {
            reader.report("setting_missing", "'entity', the queue or topic, is missing")
            return nil
        }
        if let identity {
            access = .identity(identity)
        } else if let policy, let key, !policy.isEmpty {
            access = .policy(policy, key: key)
        } else {
            reader.report(
                "setting_missing", "give 'connection_string', 'policy' with 'key', 'entra' or 'managed_identity'")
            return nil
        }
        resource = base + "/" + URLEscaping.path(entity)
        address = Secret(resource + "/messages")
    }

    /// Says who the sender is.
    func authorize(_ request: inout DeliveryRequest, until end: Timestamp) {
        switch access {
        case .identity(let identity): request.credential = identity
        case .policy(let policy, let key):
            let token = AzureSignature.serviceBus(resource: resource, policy: policy, key: key, end: end)
            request.headers.append(.secret("Authorization", token.reveal()))
        }
    }

    /// `https://host`, without a slash at its end.
    private static func base(_ name: String, endpoint: String?) -> String? {
        if !name.isEmpty {
            if name.hasPrefix("https://") || name.hasPrefix("http://") { return trimmed(name) }
            return "https://" + (name.contains(".") ? name : name + ".servicebus.windows.net")
        }
        guard let endpoint, let host = endpoint.split(separator: "//", maxSplits: 1).last else { return nil }
        return (endpoint.hasPrefix("http:") ? "http://" : "https://") + trimmed(String(host))
    }

    private static func trimmed(_ text: String) -> String { text.hasSuffix("/") ? String(text.dropLast()) : text }

    /// `Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…;EntityPath=…`, names in small letters.
    private static func parts(_ text: Secret?) -> [String: String] {
        var parts: [String: String] = [:]
        for part in text?.reveal().split(separator: ";") ?? [] {
            // A key ends with signs of equality.
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { parts[pair[0].trimmingCharacters(in: .whitespaces).lowercased()] = String(pair[1]) }
        }
        return parts
    }
}
