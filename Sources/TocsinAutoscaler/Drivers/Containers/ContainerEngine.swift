import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TocsinCore

/// A container engine behind its Docker-compatible socket: Docker, or `podman system service`.
///
/// Source: docs.docker.com, Docker Engine API v1.40; podman answers the same under its compatibility paths.
struct ContainerEngine: Sendable {
    /// The label by which a pool's containers are found again.
    static let label = "tocsin.pool"
    private static let version = "/v1.40"

    struct Container: Sendable, Hashable {
        let id: String
        let name: String
        let isRunning: Bool
    }

    private struct Listed: Decodable {
        let Id: String
        let Names: [String]
        let State: String
    }

    private struct Inspected: Decodable {
        struct State: Decodable {
            let ExitCode: Int
        }
        let State: State
    }

    private struct Created: Decodable {
        let Id: String
    }

    private struct Refusal: Decodable {
        let message: String?
    }

    private struct Creation: Encodable {
        struct Host: Encodable {
            struct Restart: Encodable {
                let Name: String
                let MaximumRetryCount: Int
            }
            let Binds: [String]
            let NetworkMode: String?
            let Memory: Int?
            let ReadonlyRootfs = true
            let CapDrop = ["ALL"]
            let SecurityOpt = ["no-new-privileges"]
            // One that crashes is started again by the engine a few times, and later by the driver.
            let RestartPolicy = Restart(Name: "on-failure", MaximumRetryCount: 3)
        }
        let Image: String
        let Cmd: [String]
        let User: String?
        let Labels: [String: String]
        let HostConfig: Host
    }

    private let socket: String
    private let client: PlatformClient

    /// - Parameter socket: The socket's path.
    init(socket: String, clock: any WallClock) {
        self.socket = socket
        client = PlatformClient(.init(), clock: clock)
    }

    func shutdown() async throws { try await client.shutdown() }

    /// The containers of a pool, running or not.
    func list(pool: String) async throws(DriverError) -> [Container] {
        let filters = "%7B%22label%22%3A%5B%22\(Self.label)%3D\(pool)%22%5D%7D"
        let answer = try await ask(.GET, "/containers/json?all=true&filters=\(filters)")
        return try answer.value([Listed].self).map {
            let name = $0.Names.first ?? ""
            return Container(
                id: $0.Id, name: name.hasPrefix("/") ? String(name.dropFirst()) : name, isRunning: $0.State == "running"
            )
        }
    }

    /// Makes a container; one of that name that is there already is as good.
    ///
    /// - Returns: Its id; `nil` if it was there already.
    func create(_ name: String, pool: String, _ template: ContainerTemplate) async throws(DriverError) -> String? {
        let creation = Creation(
            Image: template.image, Cmd: template.command, User: template.user, Labels: [Self.label: pool],
            HostConfig: .init(
                Binds: template.volumes, NetworkMode: template.network, Memory: template.memoryBytes))
        // Docker answers 409 for a name that is taken, podman 500.
        let answer = try await ask(.POST, "/containers/create?name=\(name)", creation, but: [409, 500])
        if answer.isSuccess { return try answer.value(Created.self).Id }
        guard answer.status == 409 || Self.words(of: answer).contains("already in use") else {
            throw Self.refusal(answer)
        }
        return nil
    }

    func start(_ id: String) async throws(DriverError) { _ = try await ask(.POST, "/containers/\(id)/start") }

    /// Sends a signal; to one that does not run any more, nothing.
    func signal(_ id: String, _ signal: String) async throws(DriverError) {
        _ = try await ask(.POST, "/containers/\(id)/kill?signal=\(signal)", but: [404, 409, 500])
    }

    func rename(_ id: String, to name: String) async throws(DriverError) {
        _ = try await ask(.POST, "/containers/\(id)/rename?name=\(name)", but: [404])
    }

    func remove(_ id: String, byForce: Bool) async throws(DriverError) {
        _ = try await ask(.DELETE, "/containers/\(id)?force=\(byForce)&v=true", but: [404, 409])
    }

    /// What the program of a container that has ended said last; `nil` if the container is gone.
    func exitCode(_ id: String) async throws(DriverError) -> Int? {
        let answer = try await ask(.GET, "/containers/\(id)/json", but: [404])
        return answer.status == 404 ? nil : try answer.value(Inspected.self).State.ExitCode
    }

    private func ask(
        _ method: HTTPMethod, _ path: String, _ body: Creation? = nil, but expected: Set<Int> = []
    ) async throws(DriverError) -> PlatformClient.Answer {
        guard let url = URL(httpURLWithSocketPath: socket, uri: Self.version + path) else {
            throw DriverError(.invalid, "\(socket) is no path of a socket")
        }
        var request = HTTPClientRequest(url: url.absoluteString)
        request.method = method
        // A socket has no host's name, and an engine refuses a request without one.
        request.headers.add(name: "Host", value: "localhost")
        if let body, let bytes = try? JSONEncoder().encode(body) {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: bytes))
        }
        let answer = try await client.send(request)
        guard answer.isSuccess || expected.contains(answer.status) else { throw Self.refusal(answer) }
        return answer
    }

    private static func words(of answer: PlatformClient.Answer) -> String {
        (try? JSONDecoder().decode(Refusal.self, from: answer.body))?.message ?? ""
    }

    private static func refusal(_ answer: PlatformClient.Answer) -> DriverError {
        let kind: DriverError.Code =
            switch answer.status {
            case 401: .unauthorized
            case 403: .forbidden
            case 404: .notFound
            case 409: .conflict
            case 500...: .unreachable
            default: .invalid
            }
        let words = words(of: answer).prefix(300)
        return DriverError(kind, "the container engine answered \(answer.status)\(words.isEmpty ? "" : ": ")\(words)")
    }
}
