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
        case .token, .jwt:
            AuditActor(kind: kind, credential: credential, name: resolved.token?.name, address: peer.address)
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

    /// A token's id; for a JSON Web Token, which has none of its own here, who has issued it.
    private var credential: String? { resolved.token?.id }
}
