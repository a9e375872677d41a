import TocsinConfiguration
import TocsinCore
import TocsinDispatch

extension AddressGuard {
    /// The variable that allows networks besides those of the configuration, such as `127.0.0.0/8,::1`.
    static let variable = "TOCSIN_ALLOW_NETWORKS"

    /// The rule of a deployment: what its configuration and this process' environment allow.
    ///
    /// - Throws: ``CommandError`` for a variable that names no networks.
    init(_ settings: ServerConfiguration.Delivery, environment: [String: String]) throws {
        var allowed = settings.allowedNetworks
        for text in (environment[Self.variable] ?? "").split(separator: ",") {
            guard let network = IPNetwork(text.filter { $0 != " " }) else {
                throw CommandError(
                    code: "value_invalid",
                    message: "\(Self.variable) lists networks such as 10.0.0.0/8,fd00::/8, and '\(text)' is none",
                    exitCode: .configuration)
            }
            allowed.append(network)
        }
        self.init(allowed: allowed)
    }
}
