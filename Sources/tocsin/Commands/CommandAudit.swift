import Foundation
import TocsinAudit
import TocsinCore
import TocsinStreams

extension AuditActor {
    /// Whoever calls this program: the user's and the machine's name.
    static var command: AuditActor {
        AuditActor(kind: .command, name: "\(NSUserName())@\(HostName.own)")
    }
}

extension TenantStreams {
    /// Records what commands do.
    var recorder: AuditRecorder { AuditRecorder(streams: self, node: HostName.own, clock: SystemClock()) }
}
