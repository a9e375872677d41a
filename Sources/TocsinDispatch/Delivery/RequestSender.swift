public import TocsinCore
public import TocsinIntegrations

/// Sends single requests as deliveries are sent: guarded, verified, with what must be fetched for them.
public struct RequestSender: Sendable {
    private let transport: HTTPTransport

    /// A sender through a client.
    ///
    /// - Parameters:
    ///   - client: Somebody else shuts it down.
    ///   - proxies: What the environment said about proxies when the process started.
    ///   - clock: Tells when tokens end.
    public init(client: GuardedClient, proxies: EnvironmentProxies, clock: any WallClock) {
        transport = HTTPTransport(client: client, environment: proxies, clock: clock)
    }

    /// Sends a request.
    ///
    /// - Returns: The answer, or why there was none.
    public func send(_ request: DeliveryRequest, timeout: Duration) async -> Result<DeliveryResponse, FailureReason> {
        await transport.send(request, of: .deployment, timeout: timeout, minimumTLS: .tls13).mapError(\.reason)
    }

    /// Ends the clients that were made for requests with settings of their own.
    public func shutdown() async { await transport.clients.shutdown() }
}
