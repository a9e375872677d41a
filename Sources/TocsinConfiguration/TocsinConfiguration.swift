public import TocsinCore

/// A whole configuration: the cluster and its tenants.
public struct TocsinConfiguration: Sendable {
    /// What `tocsin.yaml` says.
    public let server: ServerConfiguration
    /// What `receivers.yaml` and `tenants/` say.
    public let tenants: [TenantID: TenantConfiguration]
    /// Changes when a file does.
    public let digest: String
}
