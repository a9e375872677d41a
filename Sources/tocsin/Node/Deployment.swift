import TocsinRedis
import TocsinSealing

/// What all nodes of a deployment share, as one of them reaches it.
struct Deployment {
    /// The Redis server.
    let redis: RedisConfiguration
    /// The key under which the tenants' keys are wrapped.
    let rootKey: RootKey
    /// The server that this node starts; `nil` if it is somebody else's.
    let embedded: EmbeddedServer?

    /// A Redis server that this node starts.
    struct EmbeddedServer {
        let directory: DataDirectory
        /// Where other nodes reach it; `nil` if none do.
        let door: RedisDoor?
    }
}

/// A TCP door of an embedded Redis server, for the other nodes of a cluster.
struct RedisDoor: Sendable {
    let host: String
    let port: Int
    let password: String
}
