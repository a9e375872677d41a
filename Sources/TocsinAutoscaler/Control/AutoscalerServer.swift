import Foundation
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
public import ServiceLifecycle
public import TocsinCore
import TocsinStreams
public import TocsinTelemetry

/// The autoscaler's HTTP door: probes, metrics, the number by which others may scale, and the decisions.
///
/// Nothing that it tells names a tenant, a receiver or an alert.
public struct AutoscalerServer: Service {
    /// How long an answer may wait for Redis.
    private static let patience = Duration.seconds(2)
    private static let mostDecisions = 100
    private static let mostConnections = 64
    /// How long a connection may say nothing.
    private static let idleTime = TimeAmount.seconds(60)

    let host: String
    let port: Int
    let autoscaler: Autoscaler
    let registry: MetricsRegistry
    let clock: any WallClock
    let logger: Logger

    /// A door that opens when it is run.
    ///
    /// - Parameters:
    ///   - host: The address to listen on.
    ///   - port: The port; 0 for any.
    ///   - autoscaler: Whose decisions it shows.
    ///   - registry: What `/metrics` shows.
    ///   - clock: Dates the number.
    ///   - logger: The log.
    public init(
        host: String, port: Int, autoscaler: Autoscaler, registry: MetricsRegistry, clock: any WallClock, logger: Logger
    ) {
        self.host = host
        self.port = port
        self.autoscaler = autoscaler
        self.registry = registry
        self.clock = clock
        self.logger = logger
    }

    /// Serves until the service is shut down.
    public func run() async throws {
        let router = Router()
        router.get("/-/healthy") { _, _ in Self.text("OK\n") }
        router.get("/-/ready") { _, _ in ready() }
        router.get("/metrics") { request, _ in metrics(request) }
        router.get("/api/v1/external-metrics") { _, _ in await externalMetrics() }
        router.get("/api/v1/autoscaler/decisions") { _, _ in await decisions() }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        let logger = logger
        let host = host
        let application = Application(
            router: router, server: .http1(configuration: .init(idleTimeout: Self.idleTime)),
            configuration: .init(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.mostConnections)),
            onServerRunning: { channel in
                logger.info(
                    "the autoscaler answers",
                    metadata: [LogKey.address: "http://\(host):\(channel.localAddress?.port ?? 0)"])
            }, logger: quiet)
        try await application.run()
    }

    /// Ready is who knows what waits, in charge or not.
    private func ready() -> Response {
        guard let seen = autoscaler.board.view.seen, seen.depth != nil else {
            return Self.text("the queues have not been seen yet, or Redis does not answer\n", .serviceUnavailable)
        }
        return Self.text("OK\n")
    }

    private func metrics(_ request: Request) -> Response {
        let isOpen = request.headers[.accept]?.contains("application/openmetrics-text") == true
        return Response(
            status: .ok,
            headers: [
                .contentType: isOpen
                    ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                    : "text/plain; version=0.0.4; charset=utf-8"
            ], body: .init(byteBuffer: ByteBuffer(string: isOpen ? registry.exposeOpenMetrics() : registry.expose())))
    }

    /// A list as the API `external.metrics.k8s.io/v1beta1` has it, with the plain number beside it for KEDA's scaler
    /// `metrics-api` (`valueLocation: value`).
    private struct ExternalMetrics: Encodable {
        struct Item: Encodable {
            let metricName: String
            let metricLabels: [String: String] = [:]
            let timestamp: String
            let value: String
        }

        let kind = "ExternalMetricValueList"
        let apiVersion = "external.metrics.k8s.io/v1beta1"
        let metadata: [String: String] = [:]
        let items: [Item]
        let value: Int
        let desiredWorkers: Int?
    }

    /// What waits for a worker and can be worked on: without the number there is no answer, because zero would be a lie.
    private func externalMetrics() async -> Response {
        let view = autoscaler.board.view
        guard let seen = view.seen, let depth = seen.depth, let unrouted = seen.unrouted else {
            return Self.refusal("metric_unknown", "what waits is unknown, because Redis does not answer")
        }
        // One that is due has to be looked at even if nothing is queued yet.
        let value = max(depth + unrouted, seen.hasWork ? 1 : 0)
        let now = clock.now().rfc3339
        return Self.json(
            ExternalMetrics(
                items: [
                    .init(metricName: "tocsin_backlog_undelivered", timestamp: now, value: "\(value)"),
                    .init(metricName: "tocsin_backlog_blocked", timestamp: now, value: "\(seen.blocked ?? 0)"),
                ], value: value, desiredWorkers: await newestDecision()?.size))
    }

    /// What was decided last, by whoever is in charge: whom a balancer asks, the answer is the same.
    private func newestDecision() async -> ScalingDecision? {
        let (view, streams) = (autoscaler.board.view, autoscaler.streams)
        if view.isInCharge { return view.decision }
        let record = await patiently { try? await streams.newestDecision() }
        return record.flatMap { $0 }.flatMap { ScalingDecision(record: $0) }
    }

    /// Waits for an answer of Redis, but not for long; `nil` if it did not come.
    private func patiently<Answer: Sendable>(
        _ ask: @escaping @Sendable () async -> Answer
    ) async -> Answer? {
        await withTaskGroup(of: Answer?.self) { group in
            group.addTask { await ask() }
            group.addTask { [clock] in
                try? await clock.sleep(for: Self.patience)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    private struct Decisions: Encodable {
        let inCharge: Bool
        let newest: ScalingDecision?
        let changes: [ScalingDecision]
    }

    private func decisions() async -> Response {
        let streams = autoscaler.streams
        let found = await patiently { () -> (newest: [UInt8]?, kept: [[UInt8]])? in
            guard let kept = try? await streams.decisions(limit: Self.mostDecisions) else { return nil }
            return (try? await streams.newestDecision(), kept)
        }
        guard let found = found.flatMap({ $0 }) else {
            return Self.refusal("redis_unavailable", "Redis does not answer")
        }
        return Self.json(
            Decisions(
                inCharge: autoscaler.board.view.isInCharge,
                newest: found.newest.flatMap { ScalingDecision(record: $0) },
                changes: found.kept.compactMap { ScalingDecision(record: $0) }))
    }

    private static func text(_ text: String, _ status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    private static func json(_ value: some Encodable, _ status: HTTPResponse.Status = .ok) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else {
            return Self.text("the answer could not be written\n", .internalServerError)
        }
        return Response(
            status: status, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: data)))
    }

    private struct Refusal: Encodable {
        struct Problem: Encodable {
            let code: String
            let message: String
        }

        let error: Problem
    }

    private static func refusal(_ code: String, _ message: String) -> Response {
        json(Refusal(error: .init(code: code, message: message)), .serviceUnavailable)
    }
}
