import NIOCore

/// Stays with a connection whose client has shown a certificate that an authority of the door has signed.
///
/// A certificate that nobody has verified leaves no such trace, so that its names count for nothing.
final class VerifiedPeer: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    /// The certificate's alternative names: hosts, mail addresses, IP addresses and URIs, of which a SPIFFE id is one.
    let names: [String]

    init(names: [String]) { self.names = names }

    /// That of a request's connection; `nil` if it has none.
    static func find(of context: IngestContext) async -> VerifiedPeer? {
        let connection = context.isStream ? context.channel.parent : context.channel
        return try? await connection?.pipeline.handler(type: VerifiedPeer.self).get()
    }
}
