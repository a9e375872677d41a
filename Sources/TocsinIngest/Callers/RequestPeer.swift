import NIOCore
import TocsinAudit

/// Who stands at the other end of a request's connection.
struct RequestPeer: Sendable {
    /// The client's certificate, if it was verified; `nil` too where nobody is known by one.
    let certificate: VerifiedPeer?
    private let channel: any Channel

    init(certificate: VerifiedPeer?, context: IngestContext) {
        self.certificate = certificate
        channel = context.isStream ? context.channel.parent ?? context.channel : context.channel
    }

    /// The address that the connection came from.
    var address: String? { channel.remoteAddress?.ipAddress }
}
