import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One connection of a ``FakeReceiver``.
typealias FakeConnection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

extension FakeAnswer {
    /// Does with a connection what the answer says; answers whether another request may come on it.
    func send(
        over channel: any Channel, _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>,
        to request: HTTPRequestHead
    ) async throws -> Bool {
        switch kind {
        case .whole:
            try await write(Array(body), to: outbound)
            try await outbound.write(.end(nil))
            return request.isKeepAlive
        case .half(let bytes):
            try await write(Array(body.prefix(bytes)), to: outbound)
            try await FakeAnswer.cut(channel, withReset: false)
            return false
        case .hang:
            // Ends by cancellation, with the receiver.
            try await Task.sleep(for: .seconds(86_400))
            return false
        case .reset:
            try await FakeAnswer.cut(channel, withReset: true)
            return false
        }
    }

    private func write(
        _ bytes: [UInt8], to outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) async throws {
        var headers = HTTPHeaders(headers.map { ($0.key, $0.value) })
        if status != 204, !headers.contains(name: "Content-Length") {
            headers.add(name: "Content-Length", value: String(body.count))
        }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
        try await outbound.write(.head(head))
        if !bytes.isEmpty { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: bytes)))) }
    }

    /// Closes the socket itself, past TLS, which would first say good-bye; with RST instead of FIN if asked to.
    private static func cut(_ channel: any Channel, withReset: Bool) async throws {
        if withReset, let socket = channel as? any SocketOptionProvider {
            try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try await channel.eventLoop.submit {
            if let security = try? channel.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self) {
                security.close(promise: nil)
            } else {
                channel.close(promise: nil)
            }
        }.get()
    }
}
