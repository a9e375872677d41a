/// What was done, as entries of the audit log name it.
public enum AuditAction: String, Sendable, Hashable, CaseIterable {
    /// A silence was made or changed.
    case silencePut = "silence.put"
    /// A silence was ended.
    case silenceExpire = "silence.expire"
    /// A receiver was tested.
    case receiverTest = "receiver.test"
    /// A receiver that rested is used again.
    case receiverResume = "receiver.resume"
    /// Alerts that nobody could read, or of which workers died, became a dead letter; or a group was put away.
    case deadLetterBury = "dead_letter.bury"
    /// The contents of a dead letter were shown.
    case deadLetterRead = "dead_letter.read"
    /// Dead letters were queued again.
    case deadLetterReplay = "dead_letter.replay"
    /// Dead letters were deleted.
    case deadLetterDrop = "dead_letter.drop"
    /// A notification ended: it was delivered, or given up.
    case delivery = "delivery"
    /// An API token was made.
    case tokenIssue = "token.issue"
    /// An API token was revoked.
    case tokenRevoke = "token.revoke"
    /// A caller was refused.
    case loginRefused = "login.refused"
    /// A sealing key was replaced.
    case keyRotate = "key.rotate"
    /// Sealing keys that nothing needs were destroyed.
    case keyDestroy = "key.destroy"
    /// Wrapped keys were printed.
    case keyExport = "key.export"
    /// The key that signs the log was replaced.
    case signerRotate = "audit_key.rotate"
    /// A node was told to end.
    case nodeDrain = "node.drain"
    /// A node has taken a configuration into use.
    case configurationLoad = "configuration.load"
    /// The autoscaler has changed the pool.
    case poolScale = "pool.scale"
    /// The audit log was read.
    case auditRead = "audit.read"
    /// What masking has encrypted was read.
    case subjectReveal = "subject.reveal"
    /// What was known of a person was made unreadable.
    case subjectErase = "subject.erase"
}
