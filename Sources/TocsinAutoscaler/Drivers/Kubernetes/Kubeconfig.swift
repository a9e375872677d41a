import Foundation
import Yams

/// A kubeconfig file, as far as Tocsin uses it.
///
/// Format: `k8s.io/client-go/tools/clientcmd/api/v1`, `Config`.
struct Kubeconfig: Decodable {
    struct Named<Value: Decodable>: Decodable {
        let name: String
        let value: Value

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: AnyKey.self)
            name = try container.decode(String.self, forKey: AnyKey("name"))
            guard let key = container.allKeys.first(where: { $0.stringValue != "name" }) else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: container.codingPath, debugDescription: "\(name) has nothing but a name"))
            }
            value = try container.decode(Value.self, forKey: key)
        }
    }

    struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    struct Cluster: Decodable {
        let server: String
        let authorityFile: String?
        let authority: String?
        let isInsecure: Bool?
        let serverName: String?

        enum CodingKeys: String, CodingKey {
            case server
            case authorityFile = "certificate-authority"
            case authority = "certificate-authority-data"
            case isInsecure = "insecure-skip-tls-verify"
            case serverName = "tls-server-name"
        }
    }

    struct User: Decodable {
        let token: String?
        let tokenFile: String?
        let certificateFile: String?
        let certificate: String?
        let keyFile: String?
        let key: String?

        enum CodingKeys: String, CodingKey {
            case token, tokenFile
            case certificateFile = "client-certificate"
            case certificate = "client-certificate-data"
            case keyFile = "client-key"
            case key = "client-key-data"
        }
    }

    struct Context: Decodable {
        let cluster: String
        let user: String
        let namespace: String?
    }

    let clusters: [Named<Cluster>]
    let users: [Named<User>]
    let contexts: [Named<Context>]
    let currentContext: String?

    enum CodingKeys: String, CodingKey {
        case clusters, users, contexts
        case currentContext = "current-context"
    }

    /// Reads a file.
    ///
    /// - Throws: ``DriverError`` of the kind `invalid`.
    static func read(_ path: String) throws(DriverError) -> Kubeconfig {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw DriverError(.invalid, "the kubeconfig \(path) cannot be read: is it there, and may you read it?")
        }
        do {
            return try YAMLDecoder().decode(Kubeconfig.self, from: data)
        } catch {
            throw DriverError(.invalid, "\(path) is no kubeconfig with clusters, users and contexts")
        }
    }

    /// What a context names.
    ///
    /// - Throws: ``DriverError`` of the kind `invalid`.
    func resolve(_ name: String?) throws(DriverError) -> (cluster: Cluster, user: User, namespace: String?) {
        guard let name = name ?? currentContext else {
            throw DriverError(.invalid, "the kubeconfig has no current-context: name one")
        }
        guard let context = contexts.first(where: { $0.name == name })?.value else {
            throw DriverError(.invalid, "the kubeconfig has no context \(name)")
        }
        guard let cluster = clusters.first(where: { $0.name == context.cluster })?.value,
            let user = users.first(where: { $0.name == context.user })?.value
        else { throw DriverError(.invalid, "the context \(name) names a cluster or a user that is not there") }
        return (cluster, user, context.namespace)
    }
}
