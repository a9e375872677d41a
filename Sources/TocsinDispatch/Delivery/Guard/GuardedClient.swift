public import AsyncHTTPClient
public import NIOCore
public import NIOSSL

/// The HTTP client of a process for its deliveries: TLS 1.3, verified, no redirects, and no connection to an address that is
/// refused.
public struct GuardedClient: Sendable {
    /// Somebody must shut it down.
    public let client: HTTPClient
    /// Certificates that receivers may have theirs from, besides the system's.
    let trustRoots: [NIOSSLCertificate]
    let names: GuardedNames
    let configuration: HTTPClient.Configuration

    /// A client.
    ///
    /// - Parameters:
    ///   - trustRoots: Certificates that receivers may have theirs from, besides the system's.
    ///   - rule: Which addresses may be sent to.
    ///   - eventLoopGroup: Runs the connections.
    public init(trustRoots: [NIOSSLCertificate], rule: AddressGuard, eventLoopGroup: any EventLoopGroup) {
        self.trustRoots = trustRoots
        names = GuardedNames(rule)
        configuration = HTTPTransport.configuration(trustRoots: trustRoots, names: names)
        client = HTTPClient(eventLoopGroup: eventLoopGroup, configuration: configuration)
    }
}
