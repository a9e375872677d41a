import Foundation
public import TocsinConfiguration
import TocsinCore

/// Finds addresses in receivers' settings to which nothing will be sent, before the first notification does.
public enum RefusedAddresses {
    /// A warning for each address that is written as one, or is this machine's name, and that the rule refuses; names are known
    /// only when they are looked up.
    public static func issues(in configuration: TocsinConfiguration, rule: AddressGuard) -> [ConfigurationIssue] {
        configuration.tenants.values.flatMap { tenant in
            tenant.receivers.filter(\.enabled).flatMap { issues(in: $0.config, path: $0.configPath, rule) }
        }
    }

    private static func issues(
        in node: ConfigurationNode, path: String, _ rule: AddressGuard
    ) -> [ConfigurationIssue] {
        switch node.value {
        case .null: return []
        case .sequence(let items): return items.flatMap { issues(in: $0, path: path, rule) }
        case .mapping(let members):
            return members.flatMap { issues(in: $0.node, path: path + "." + $0.name, rule) }
        case .scalar(let text):
            guard let range = refusal(of: text, rule) else { return [] }
            return [
                ConfigurationIssue(
                    severity: .warning, code: "address_refused", location: node.location, path: path,
                    message: "nothing will be sent to this \(range.rawValue) address: allow its network in "
                        + "delivery.allow_networks, if it is a receiver of yours")
            ]
        }
    }

    private static func refusal(of text: String, _ rule: AddressGuard) -> AddressGuard.Range? {
        guard text.hasPrefix("http://") || text.hasPrefix("https://"), let host = URLComponents(string: text)?.host
        else {
            return nil
        }
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        let address = IPAddress(bare) ?? (bare.lowercased() == "localhost" ? IPAddress("127.0.0.1") : nil)
        return address.flatMap(rule.refusal)
    }
}
