public import TocsinConfiguration

/// How an ingest node listens, and the bounds that protect it from its senders.
public struct IngestSettings: Sendable {
    /// The address to listen on.
    public var host: String
    /// The port to listen on; 0 for any that is free.
    public var port: Int
    /// More addresses to listen on.
    public var moreAddresses: [(host: String, port: Int)] = []
    /// The most bytes that one request's body may have, whatever its tenant's own limit is.
    public var maxBodyBytes: Int
    /// The most bytes that a silence may have.
    public var maxSilenceBytes = 1 << 20
    /// The most lists that are made at once.
    public var maxReads = 8
    /// The most bytes of alerts that lists keep while they are made; what has no room is read twice.
    public var maxListBytes = 64 << 20
    /// What stands before every path, such as `/alertmanager`; empty for nothing.
    public var pathPrefix = ""
    /// How long a silence that has ended is kept and shown: Alertmanager's `--data.retention`.
    public var silenceRetention: Duration = .seconds(120 * 3600)
    /// Whether pages of other origins may ask Alertmanager's API.
    public var allowsOtherOrigins = false
    /// The most bytes of bodies that are held at once over all connections.
    public var maxBytesInFlight = 256 << 20
    /// The most connections of an address; others wait until one ends.
    public var maxConnections = 10_000
    /// Whether other processes may listen at the same addresses, so that the kernel shares the connections out.
    public var sharesPort = false
    /// How long a body may take to arrive.
    public var bodyTimeout: Duration = .seconds(30)
    /// How long a connection may take to be encrypted.
    public var handshakeTimeout: Duration = .seconds(10)
    /// How long a client that speaks HTTP/2 may take to end when the server does.
    public var closeTimeout: Duration = .seconds(3)
    /// How long a client may leave an answer unread.
    public var stallTimeout: Duration = .seconds(30)
    /// How long a connection may be silent, within a request or between two.
    public var idleTimeout: Duration = .seconds(60)

    /// The settings that a configuration asks for, with everything else at its default.
    public init(_ configuration: TocsinConfiguration) {
        host = configuration.server.ingest.host
        port = configuration.server.ingest.port
        maxBodyBytes = configuration.server.ingest.maxBodyBytes
    }
}
