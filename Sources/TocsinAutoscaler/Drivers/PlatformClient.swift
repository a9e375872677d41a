import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import TocsinCore

/// Asks a platform over HTTP: each request is bounded in time, each answer in size, and a platform that wants to be left
/// alone is.
final class PlatformClient: Sendable {
    /// What a platform said.
    struct Answer: Sendable {
        let status: Int
        let body: Data

        var isSuccess: Bool { (200...299).contains(status) || status == 304 }

        /// The body as a value.
        func value<Value: Decodable>(_ type: Value.Type) throws(DriverError) -> Value {
            do {
                return try JSONDecoder().decode(Value.self, from: body)
            } catch {
                throw DriverError(.invalid, "the platform answered \(status) with something that cannot be read")
            }
        }
    }

    /// How long one request may take.
    private static let patience = TimeAmount.seconds(10)
    private static let largestAnswer = 8 << 20
    /// For how long a platform is left alone that says so without saying for how long, and at most if it says.
    private static let pause = Duration.seconds(5)
    private static let longestPause = Duration.seconds(60)

    private let client: HTTPClient
    private let clock: any WallClock
    private let quietUntil = Mutex<Timestamp?>(nil)

    init(_ configuration: HTTPClient.Configuration, clock: any WallClock) {
        var configuration = configuration
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(3), read: Self.patience)
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        self.clock = clock
    }

    /// Closes the connections; nothing is asked afterwards.
    func shutdown() async throws { try await client.shutdown() }

    /// Asks, and answers whatever the platform says, but for a refusal that is for now only.
    ///
    /// - Throws: ``DriverError`` of the kinds `throttled` and `unreachable`.
    func send(_ request: HTTPClientRequest) async throws(DriverError) -> Answer {
        let now = clock.now()
        if let until = quietUntil.withLock({ $0 }), now < until {
            throw DriverError(
                .throttled, "the platform wants to be left alone", retryAfterMilliseconds: (until - now).milliseconds)
        }
        let (answer, retryAfter) = try await exchange(request)
        guard answer.status == 429 || answer.status == 503 else { return answer }
        let pause = min(Self.longestPause, retryAfter ?? Self.pause)
        quietUntil.withLock { $0 = clock.now() + pause }
        throw DriverError(
            .throttled, "the platform answered \(answer.status): it is asked too often, or is not ready",
            retryAfterMilliseconds: pause.milliseconds)
    }

    private func exchange(_ request: HTTPClientRequest) async throws(DriverError) -> (Answer, Duration?) {
        do {
            let response = try await client.execute(request, timeout: Self.patience)
            let body = try await response.body.collect(upTo: Self.largestAnswer)
            let seconds = response.headers.first(name: "retry-after").flatMap { Int($0) }
            return (
                Answer(status: Int(response.status.code), body: Data(body.readableBytesView)),
                seconds.map { .seconds(max(0, min(3600, $0))) }
            )
        } catch {
            throw DriverError(.unreachable, "the platform does not answer: \(Self.reason(error))")
        }
    }

    /// What went wrong, without the address and without what was sent.
    private static func reason(_ error: any Error) -> String {
        if let error = error as? HTTPClientError {
            if error == .connectTimeout { return "no connection within 3 s" }
            if error == .deadlineExceeded || error == .readTimeout { return "no answer within 10 s" }
            return error.shortDescription
        }
        if let error = error as? NIOConnectionError {
            return "no connection to \(error.host):\(error.port); is it there, and may this host reach it?"
        }
        return "\(type(of: error))"
    }
}
