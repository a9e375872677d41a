import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import TocsinConfiguration
import TocsinCore
import TocsinDispatch
import TocsinIntegrations
import TocsinSealing

/// A root key that a key service has wrapped: a file that is of no use without the service.
struct WrappedRootKey {
    private static let attempts = 4
    private static let timeout = Duration.seconds(10)

    private let service: any KeyService
    private let kind: String
    /// Where it stands.
    let path: String
    private let trustRoots: [NIOSSLCertificate]

    /// - Throws: ``CommandError`` if the settings are wrong.
    init(_ settings: KeyServiceConfiguration, of configuration: TocsinConfiguration, directory: String) throws {
        let issues = IssueCollector()
        let made = KeyServices.make(settings, issues: issues, environment: .process(baseDirectory: directory))
        for issue in issues.issues { Output.note("\(issue)") }
        guard let made, !issues.issues.contains(where: { $0.severity == .error }) else {
            throw CommandError(
                code: "configuration_invalid", message: "root_key.\(settings.kind.rawValue) cannot be used as it is",
                exitCode: .configuration)
        }
        service = made
        kind = settings.kind.rawValue
        path =
            settings.wrappedFile.hasPrefix("/") ? settings.wrappedFile : directory + "/" + settings.wrappedFile
        trustRoots = try configuration.server.delivery.caFile.map { try NIOSSLCertificate.fromPEMFile($0) } ?? []
    }

    /// The key.
    ///
    /// - Parameter mayCreate: Whether a new one is made if there is no file.
    func load(mayCreate: Bool) async throws -> RootKey {
        if mayCreate, !FileManager.default.fileExists(atPath: path) { try await create() }
        let wrapped = try read()
        let bytes = try await ask({ try service.unwrapping(wrapped, byAnyKey: false, now: $0) }, service.key)
        return try RootKey(unwrapped: bytes, from: "the key service")
    }

    /// Has a new key made, and keeps it wrapped; a file that is there already is left.
    func create() async throws {
        let wrapped = try await ask({ try service.newKey(now: $0) }, service.wrapped)
        try KeyFile.create(path, contents: Array("\(kind) \(wrapped)\n".utf8))
    }

    /// Has the key wrapped by the newest version of the service's key.
    ///
    /// - Returns: The key's id, which is that of the deployment.
    func rewrap() async throws -> String {
        let old = try read()
        let key = try await ask({ try service.unwrapping(old, byAnyKey: true, now: $0) }, service.key)
        let wrapped = try await ask({ try service.rewrapping(old, now: $0) }, service.wrapped)
        // What could not be opened again would be the end of everything that is sealed.
        guard try await ask({ try service.unwrapping(wrapped, byAnyKey: false, now: $0) }, service.key) == key else {
            throw CommandError(
                code: "root_key_rewrap_failed", message: "the service gave back another key; the file is as it was",
                exitCode: .unavailable)
        }
        try KeyFile.replace(path, contents: Array("\(kind) \(wrapped)\n".utf8))
        return try RootKey(unwrapped: key, from: "the key service").id
    }

    private func read() throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandError(
                code: "root_key_missing",
                message:
                    "there is no wrapped root key \(path): make one with tocsin keys create-root, or copy the one that "
                    + "the other nodes have", exitCode: .configuration)
        }
        let parts = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            .split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[0] == kind else {
            throw CommandError(
                code: "root_key_malformed",
                message: "\(path) holds no root key that \(kind) has wrapped", exitCode: .configuration)
        }
        return parts[1]
    }

    /// Asks, and again a few times if that may help.
    private func ask<Answer>(
        _ request: (Timestamp) throws -> DeliveryRequest,
        _ answer: (DeliveryResponse) -> Result<Answer, KeyServiceFailure>
    ) async throws -> Answer {
        let clock = SystemClock()
        // The process' own group is not there yet: how many threads it has is said later.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        // The service is the operator's own, wherever it is.
        let client = GuardedClient(trustRoots: trustRoots, rule: .open, eventLoopGroup: group)
        let sender = RequestSender(
            client: client, proxies: EnvironmentProxies(ProcessInfo.processInfo.environment), clock: clock)
        let backoff = Backoff(initial: .milliseconds(200), factor: 3, maximum: .seconds(3))
        var generator = SystemRandomNumberGenerator()
        var failure = KeyServiceFailure(code: "root_key_service_silent", message: "no answer", isPassing: true)
        var found: Answer?
        for attempt in 1...Self.attempts where found == nil {
            switch await sender.send(try request(clock.now()), timeout: Self.timeout) {
            case .success(let response):
                switch answer(response) {
                case .success(let value): found = value
                case .failure(let reason): failure = reason
                }
            case .failure(let reason):
                failure = KeyServiceFailure(
                    code: "root_key_service_silent",
                    message: "the key service cannot be asked: \(reason.code) \(reason.detail)", isPassing: true)
            }
            guard found == nil, failure.isPassing, attempt < Self.attempts else { break }
            try await clock.sleep(for: backoff.delay(afterFailures: attempt, using: &generator))
        }
        await sender.shutdown()
        try? await client.client.shutdown()
        try? await group.shutdownGracefully()
        if let found { return found }
        throw CommandError(
            code: failure.code,
            message: failure.message + "; without the root key nothing can be opened, and nothing is started",
            exitCode: failure.isPassing ? .unavailable : .configuration)
    }
}
