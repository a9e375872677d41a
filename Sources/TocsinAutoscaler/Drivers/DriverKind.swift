/// The drivers that `tocsin autoscaler run --driver` knows by name.
public enum DriverKind: String, Sendable, Hashable, CaseIterable {
    /// Worker processes of this host.
    case process
    /// A Deployment on Kubernetes.
    case kubernetes
    /// Containers of an engine with a Docker-compatible socket.
    case container
    /// Nobody: the decisions are there to be read.
    case none
}
