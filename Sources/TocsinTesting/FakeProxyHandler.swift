import Foundation
import NIOCore
import NIOPosix

/// One connection to a ``FakeProxy``: takes what is asked for, connects to the server, and then passes bytes on.
final class FakeProxyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Stage {
        case greeting
        case socks
        case connecting
        case connected(any Channel)
    }

    private let proxy: FakeProxy
    private var stage = Stage.greeting
    private var buffer = ByteBuffer()
    private var isForwarding = false

    init(_ proxy: FakeProxy) { self.proxy = proxy }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        buffer.writeBuffer(&bytes)
        switch stage {
        case .greeting:
            if buffer.readableBytesView.first == 5 { return greet(context) }
            takeRequest(context)
        case .socks: takeSOCKS(context)
        case .connecting: break
        case .connected(let server):
            // Another request for the same server may follow the first.
            if isForwarding, String(buffer: buffer).firstMatch(of: #/^[A-Z]+ http:/#) != nil {
                takeRequest(context)
            } else {
                pass(to: server)
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .connected(let server) = stage { server.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Whatever breaks a connection is the client's doing or the test's.
        context.close(promise: nil)
    }

    /// RFC 1928, for clients that send no password.
    private func greet(_ context: ChannelHandlerContext) {
        buffer.clear()
        stage = .socks
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: [5, 0])), promise: nil)
    }

    private func takeSOCKS(_ context: ChannelHandlerContext) {
        let bytes = Array(buffer.readableBytesView)
        guard bytes.count > 6 else { return }
        buffer.clear()
        let isName = bytes[3] == 3
        let host =
            isName
            ? String(decoding: bytes[5..<(bytes.count - 2)], as: UTF8.self)
            : bytes[4..<8].map(String.init).joined(separator: ".")
        let port = Int(bytes[bytes.count - 2]) << 8 + Int(bytes[bytes.count - 1])
        proxy.add(.init(method: "SOCKS5", target: "\(host):\(port)", headers: [:]))
        connect(context, host, port, answer: ByteBuffer(bytes: [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
    }

    private func takeRequest(_ context: ChannelHandlerContext) {
        let text = String(buffer: buffer)
        guard let end = text.firstRange(of: "\r\n\r\n") else { return }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        guard words.count == 3 else { return context.close(promise: nil) }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            headers[parts[0].lowercased()] = parts.count > 1 ? parts[1] : ""
        }
        proxy.add(.init(method: words[0], target: words[1], headers: headers))
        buffer.clear()
        if let known = proxy.credentials,
            headers["proxy-authorization"] != "Basic " + Data(known.utf8).base64EncodedString()
        {
            let answer = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        } else if words[0] == "CONNECT" {
            let parts = words[1].split(separator: ":").map(String.init)
            connect(
                context, parts[0], Int(parts.last ?? "") ?? 0,
                answer: ByteBuffer(string: "HTTP/1.1 200 Connection established\r\n\r\n"))
        } else if let url = URL(string: words[1]), let host = url.host {
            isForwarding = true
            let kept = lines.dropFirst().filter { !$0.lowercased().hasPrefix("proxy-") }
            let rest = words[1].firstRange(of: "://").map { words[1][$0.upperBound...].drop { $0 != "/" } } ?? ""
            let path = rest.isEmpty ? "/" : rest
            let head = (["\(words[0]) \(path) \(words[2])"] + kept).joined(separator: "\r\n")
            buffer.writeString(head + text[end.lowerBound...])
            if case .connected(let server) = stage { return pass(to: server) }
            connect(context, host, url.port ?? 80)
        } else {
            context.close(promise: nil)
        }
    }

    private func connect(_ context: ChannelHandlerContext, _ host: String, _ port: Int, answer: ByteBuffer? = nil) {
        stage = .connecting
        let client = context.channel
        let proxy = proxy
        ClientBootstrap(group: context.eventLoop)
            .channelInitializer { channel in
                proxy.add(channel)
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FakeProxyReturn(client))
                }
            }
            .connect(host: proxy.address(of: host), port: port)
            .assumeIsolated()
            .whenComplete { result in
                guard case .success(let server) = result else { return client.close(promise: nil) }
                if let answer { client.writeAndFlush(answer, promise: nil) }
                self.stage = .connected(server)
                self.pass(to: server)
            }
    }

    private func pass(to server: any Channel) {
        guard buffer.readableBytes > 0 else { return }
        server.writeAndFlush(buffer, promise: nil)
        buffer = ByteBuffer()
    }
}

/// Passes on what the server says.
private final class FakeProxyReturn: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let client: any Channel

    init(_ client: any Channel) { self.client = client }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        client.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { client.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
