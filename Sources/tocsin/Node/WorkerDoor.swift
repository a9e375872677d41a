import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import TocsinCore
import TocsinStreams
import TocsinTelemetry

/// Probes and metrics of a node that takes no alerts.
struct WorkerDoor: Service {
    private static let mostConnections = 64
    /// How long a connection may say nothing.
    private static let idleTime = TimeAmount.seconds(60)

    let listen: ListenAddress
    let streams: TenantStreams
    let registry: MetricsRegistry
    let drain: DrainSwitch
    let logger: Logger

    func run() async throws {
        let router = Router()
        router.get("/-/healthy") { _, _ in Self.text("OK\n") }
        router.get("/-/ready") { _, _ in ready() }
        router.get("/metrics") { request, _ in metrics(request) }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        let (logger, host) = (logger, listen.host)
        let application = Application(
            router: router, server: .http1(configuration: .init(idleTimeout: Self.idleTime)),
            configuration: .init(
                address: .hostname(host, port: listen.port),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.mostConnections)),
            onServerRunning: { channel in
                logger.info(
                    "probes and metrics are answered",
                    metadata: [LogKey.address: "http://\(host):\(channel.localAddress?.port ?? 0)"])
            }, logger: quiet)
        try await application.run()
    }

    /// Ready is who can take work and will.
    private func ready() -> Response {
        if drain.isDraining { return Self.text("this worker is ending\n", .serviceUnavailable) }
        guard streams.isConnected, streams.isApproved else {
            return Self.text("Redis does not answer, or is not one to keep alerts in\n", .serviceUnavailable)
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

    private static func text(_ text: String, _ status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
