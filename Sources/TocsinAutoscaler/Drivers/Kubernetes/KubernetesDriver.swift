import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
public import ServiceLifecycle
public import TocsinCore

/// Sizes a Deployment of workers through its scale subresource.
///
/// A Pod that is to go gets SIGTERM, upon which a worker drains; its `terminationGracePeriodSeconds` must be longer than
/// `worker.drain_timeout`. Which Pods go is Kubernetes' choice, by their deletion costs, which are set here.
///
/// Source: kubernetes.io, API reference: `GET` and `PATCH /apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale`,
/// "Well-known annotations": `controller.kubernetes.io/pod-deletion-cost`.
public final class KubernetesDriver: PoolDriver, Service {
    private struct Scale: Decodable {
        struct Metadata: Decodable { let resourceVersion: String }
        struct Spec: Decodable { let replicas: Int? }
        struct Status: Decodable { let replicas: Int }
        let metadata: Metadata
        let spec: Spec?
        let status: Status?

        // A number that is 0 is left out.
        var desired: Int { spec?.replicas ?? 0 }
    }

    /// Kubernetes' own words for a refusal.
    private struct Refusal: Decodable { let message: String? }

    private struct Patch: Encodable {
        struct Metadata: Encodable {
            var resourceVersion: String?
            var annotations: [String: String]?
        }
        struct Spec: Encodable { let replicas: Int }
        var metadata: Metadata
        var spec: Spec?
    }

    /// How often a change is tried against somebody else's changes, such as those of the Deployment's own status.
    private static let mostConflicts = 4
    /// How many Pods are marked for one change at most.
    private static let mostMarks = 50

    private let access: KubernetesAccess
    private let namespace: String
    private let deployment: String
    private let client: PlatformClient

    /// A driver for a Deployment.
    ///
    /// - Parameters:
    ///   - deployment: The Deployment's name.
    ///   - namespace: Its namespace; `nil` for that of the access, or `default`.
    /// - Throws: ``DriverError`` of the kind `invalid` if the certificates cannot be used.
    public init(
        deployment: String, namespace: String?, access: KubernetesAccess, clock: any WallClock
    ) throws(DriverError) {
        self.access = access
        self.deployment = deployment
        self.namespace = namespace ?? access.namespace ?? "default"
        client = PlatformClient(.init(tlsConfiguration: try access.tls()), clock: clock)
    }

    /// `kubernetes`.
    public var name: String { "kubernetes" }

    /// Keeps the connections until the service is shut down.
    public func run() async throws {
        try? await gracefulShutdown()
        try await shutdown()
    }

    /// Closes the connections; nothing can be asked afterwards.
    func shutdown() async throws { try await client.shutdown() }

    /// How many replicas the Deployment has been asked for, and has.
    public func observe() async throws(DriverError) -> PoolSize {
        let scale = try await read()
        return PoolSize(desired: scale.desired, running: scale.status?.replicas ?? 0)
    }

    /// Patches the Deployment's scale, only if nobody else has changed it meanwhile.
    public func scale(to size: Int, leaving: [String]) async throws(DriverError) {
        let before = try await read()
        if size < before.desired { try await mark(leaving.prefix(min(before.desired - size, Self.mostMarks))) }
        var scale = before
        for _ in 0..<Self.mostConflicts {
            guard scale.desired != size else { return }
            guard scale.desired == before.desired else {
                throw DriverError(
                    .conflict, "somebody else has scaled the Deployment \(deployment) to \(scale.desired) meanwhile")
            }
            let patch = Patch(
                metadata: .init(resourceVersion: scale.metadata.resourceVersion), spec: .init(replicas: size))
            let answer = try await send(.PATCH, scalePath, patch)
            guard answer.status == 409 else { return try check(answer) }
            scale = try await read()
        }
        throw DriverError(.conflict, "the Deployment \(deployment) changes all the time")
    }

    private var scalePath: String { "/apis/apps/v1/namespaces/\(namespace)/deployments/\(deployment)/scale" }

    private func read() async throws(DriverError) -> Scale {
        let answer = try await send(.GET, scalePath, nil)
        try check(answer)
        return try answer.value(Scale.self)
    }

    /// Lets these go before others.
    private func mark(_ nodes: some Sequence<String>) async throws(DriverError) {
        for node in nodes {
            guard let pod = NodeName.host(ofNode: node) else { continue }
            let patch = Patch(
                metadata: .init(annotations: ["controller.kubernetes.io/pod-deletion-cost": "-1000"]))
            let answer = try await send(.PATCH, "/api/v1/namespaces/\(namespace)/pods/\(pod)", patch)
            // One that has gone already needs no mark.
            if answer.status != 404 { try check(answer) }
        }
    }

    private func send(
        _ method: HTTPMethod, _ path: String, _ patch: Patch?
    ) async throws(DriverError) -> PlatformClient.Answer {
        var request = HTTPClientRequest(url: access.server + path)
        request.method = method
        request.headers.add(name: "Accept", value: "application/json")
        if let authorization = try access.authorization() {
            request.headers.add(name: "Authorization", value: authorization)
        }
        if let patch, let body = try? JSONEncoder().encode(patch) {
            request.headers.add(name: "Content-Type", value: "application/merge-patch+json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        return try await client.send(request)
    }

    private func check(_ answer: PlatformClient.Answer) throws(DriverError) {
        guard !answer.isSuccess else { return }
        let kind: DriverError.Code =
            switch answer.status {
            case 401: .unauthorized
            case 403: .forbidden
            case 404: .notFound
            case 409: .conflict
            case 500...: .unreachable
            default: .invalid
            }
        let words = (try? JSONDecoder().decode(Refusal.self, from: answer.body))?.message ?? ""
        throw DriverError(kind, "Kubernetes answered \(answer.status)\(words.isEmpty ? "" : ": ")\(words.prefix(300))")
    }
}
