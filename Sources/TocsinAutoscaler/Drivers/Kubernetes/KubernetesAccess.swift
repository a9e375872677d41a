import Foundation
import NIOSSL
import TocsinCore

/// Where a Kubernetes API is, how it is known to be the right one, and as whom it is asked.
public struct KubernetesAccess: Sendable {
    enum Identity: Sendable {
        /// A token that is read anew for each request, because Kubernetes renews it.
        case tokenFile(String)
        case token(Secret)
        case certificate(chain: Data, key: Secret)
    }

    /// Where a Pod finds what its service account gives it.
    public static let serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount"

    let server: String
    let authority: Data?
    let identity: Identity
    let namespace: String?

    /// The access of the service account of the Pod that this process runs in.
    ///
    /// Source: kubernetes.io, "Accessing the Kubernetes API from a Pod".
    /// - Throws: ``DriverError`` of the kind `invalid` outside a Pod, and in one without a token.
    public static func inCluster(
        environment: [String: String], directory: String = serviceAccountDirectory
    ) throws(DriverError) -> KubernetesAccess {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
            let port = environment["KUBERNETES_SERVICE_PORT"].flatMap({ Int($0) })
        else {
            throw DriverError(
                .invalid, "this process is not in a Kubernetes Pod: name a file in autoscaler.kubernetes.kubeconfig")
        }
        guard let authority = FileManager.default.contents(atPath: directory + "/ca.crt"),
            FileManager.default.isReadableFile(atPath: directory + "/token")
        else {
            throw DriverError(
                .invalid, "the Pod has no token of a service account: set automountServiceAccountToken to true")
        }
        let namespace = FileManager.default.contents(atPath: directory + "/namespace")
            .map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) }
        return KubernetesAccess(
            server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)", authority: authority,
            identity: .tokenFile(directory + "/token"), namespace: namespace)
    }

    /// The access that a kubeconfig file describes.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - context: One of its contexts; `nil` for its current one.
    /// - Throws: ``DriverError`` of the kind `invalid`.
    public static func kubeconfig(_ path: String, context: String? = nil) throws(DriverError) -> KubernetesAccess {
        let (cluster, user, namespace) = try Kubeconfig.read(path).resolve(context)
        guard cluster.isInsecure != true else {
            throw DriverError(
                .invalid, "the kubeconfig does not verify the server's certificate, which Tocsin always does")
        }
        guard cluster.serverName == nil else {
            throw DriverError(.invalid, "the kubeconfig has a tls-server-name: use an address of that name instead")
        }
        guard cluster.server.hasPrefix("https://") else {
            throw DriverError(.invalid, "the kubeconfig's server is not at an https:// address")
        }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        func contents(_ inline: String?, _ file: String?, _ what: String) throws(DriverError) -> Data? {
            if let inline {
                guard let data = Data(base64Encoded: inline) else {
                    throw DriverError(.invalid, "the kubeconfig's \(what) is not base64")
                }
                return data
            }
            guard let file else { return nil }
            let path = URL(fileURLWithPath: file, relativeTo: folder).path
            guard let data = FileManager.default.contents(atPath: path) else {
                throw DriverError(.invalid, "the kubeconfig's \(what) \(path) cannot be read")
            }
            return data
        }
        let identity: Identity
        if let file = user.tokenFile {
            identity = .tokenFile(URL(fileURLWithPath: file, relativeTo: folder).path)
        } else if let token = user.token {
            identity = .token(Secret(token))
        } else if let chain = try contents(user.certificate, user.certificateFile, "client certificate"),
            let key = try contents(user.key, user.keyFile, "client key")
        {
            identity = .certificate(chain: chain, key: Secret(String(decoding: key, as: UTF8.self)))
        } else {
            throw DriverError(
                .invalid,
                "the kubeconfig's user has no token and no client certificate; programs that make one "
                    + "(exec) are not run: use a service account's token")
        }
        return KubernetesAccess(
            server: cluster.server.hasSuffix("/") ? String(cluster.server.dropLast()) : cluster.server,
            authority: try contents(cluster.authority, cluster.authorityFile, "certificate authority"),
            identity: identity, namespace: namespace)
    }

    /// What goes into the header `Authorization`; `nil` if the identity is a certificate.
    func authorization() throws(DriverError) -> String? {
        switch identity {
        case .token(let token): return "Bearer \(token.reveal())"
        case .certificate: return nil
        case .tokenFile(let path):
            let token = FileManager.default.contents(atPath: path)
                .map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) }
            guard let token, !token.isEmpty else {
                throw DriverError(.unauthorized, "there is no token in \(path)")
            }
            return "Bearer \(token)"
        }
    }

    func tls() throws(DriverError) -> TLSConfiguration {
        do {
            var tls = TLSConfiguration.makeClientConfiguration()
            if let authority {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority)))
            }
            if case .certificate(let chain, let key) = identity {
                tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(chain)).map { .certificate($0) }
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(key.reveal().utf8), format: .pem))
            }
            return tls
        } catch {
            throw DriverError(.invalid, "the certificates for Kubernetes' API are not PEM")
        }
    }
}
