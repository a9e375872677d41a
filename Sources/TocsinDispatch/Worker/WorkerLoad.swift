public import TocsinCore

/// What a worker has in hand at a moment.
public struct WorkerLoad: Sendable, Hashable {
    /// Notifications in flight.
    public var inFlight: Int
    /// Turns that it serves.
    public var turns: Int
    /// The tenants of both, in order.
    public var tenants: [TenantID]

    /// A load.
    public init(inFlight: Int = 0, turns: Int = 0, tenants: [TenantID] = []) {
        self.inFlight = inFlight
        self.turns = turns
        self.tenants = tenants
    }
}
