import TocsinAudit
import TocsinIdentity
import TocsinRouting

/// A caller who was let in.
struct Visitor: Sendable {
    /// The tenant's door.
    let door: TenantDoor
    let resolved: ResolvedTenant
    let peer: RequestPeer

    /// Who it is, for the audit log.
    var actor: AuditActor {
        switch kind {
        case .token: AuditActor(kind: kind, credential: credential, name: resolved.token?.name, address: peer.address)
        case .jwt: AuditActor(kind: kind, name: resolved.token?.name, address: peer.address)
        case .certificate: AuditActor(kind: kind, name: resolved.certificate?.name, address: peer.address)
        default: AuditActor(kind: kind, address: peer.address)
        }
    }

    /// From whom a batch is, as is noted beside it.
    func origin(masked: Int) -> BatchOrigin {
        BatchOrigin(kind: kind.rawValue, credential: credential ?? "", masked: masked)
    }

    private var kind: AuditActor.Kind {
        if let token = resolved.token { return token.hash.isEmpty ? .jwt : .token }
        return resolved.certificate == nil ? .open : .certificate
    }

    /// A JSON Web Token has no id of its own here; whose it is stands in its name.
    private var credential: String? { kind == .token ? resolved.token?.id : nil }
}
