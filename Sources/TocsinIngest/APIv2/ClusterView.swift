/// The cluster as `GET /status` shows it.
public struct ClusterView: Sendable {
    /// A node.
    public struct Peer: Sendable, Hashable {
        /// Its id.
        public let name: String
        /// Where others find it.
        public let address: String

        /// A node.
        public init(name: String, address: String) {
            self.name = name
            self.address = address
        }
    }

    /// This node's id; `nil` if it is in no cluster.
    public let name: String?
    /// All nodes, this one too.
    public let peers: [Peer]

    /// A view; without a name that of a node that stands alone.
    public init(name: String?, peers: [Peer]) {
        self.name = name
        self.peers = peers
    }
}
