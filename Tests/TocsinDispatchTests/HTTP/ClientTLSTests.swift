import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@testable import TocsinDispatch

@Suite("TLS of receivers", .timeLimit(.minutes(8)))
struct ClientTLSTests {
    @Test("the name that is asked for and verified may differ from the address")
    func serverName() async throws {
        let certificates = try TestCertificates(names: ["DNS:inside.test"])
        try await FakeReceiver.withReceiver(tls: .init(certificates: certificates)) { receiver in
            try await withTransport(trusting: certificates.authorityFile) { transport in
                #expect(await transport.failure(DeliveryRequest(receiver.url))?.reason == .tlsFailed)
                let right = DeliveryRequest(receiver.url + "/x") { $0.client.tls.serverName = "inside.test" }
                let status = try await transport.send(right).status
                #expect(status == 200)
                #expect(receiver.requests.last?.header("host") == "127.0.0.1:\(receiver.port)")
                #expect(receiver.requests.last?.path == "/x")
                let wrong = DeliveryRequest(receiver.url) { $0.client.tls.serverName = "outside.test" }
                #expect(await transport.failure(wrong)?.reason == .tlsFailed)
                #expect(receiver.requests.count == 1)
            }
        }
    }

    @Test("the other name goes through a tunnel too")
    func serverNameBehindProxy() async throws {
        let certificates = try TestCertificates(names: ["DNS:inside.test"])
        try await FakeReceiver.withReceiver(tls: .init(certificates: certificates)) { receiver in
            try await FakeProxy.withProxy(hosts: ["front.test": "127.0.0.1"]) { proxy in
                try await withTransport(trusting: certificates.authorityFile) { transport in
                    let way = try Proxy("http://127.0.0.1:\(proxy.port)")
                    let request = DeliveryRequest("https://front.test:\(receiver.port)/") {
                        $0.client.proxy = .always(way)
                        $0.client.tls.serverName = "inside.test"
                    }
                    let status = try await transport.send(request).status
                    #expect(status == 200)
                    #expect(proxy.requests.map(\.target) == ["front.test:\(receiver.port)"])
                }
            }
        }
    }

    @Test("authorities, certificate and key may stand in the settings or in files")
    func inline() async throws {
        let tls = try FakeReceiver.TLS()
        try await FakeReceiver.withReceiver(tls: tls) { receiver in
            try await withTransport { transport in
                let files = tls.certificates
                func text(_ path: String) throws -> ClientTLS.PEM {
                    .inline(Secret(try String(contentsOfFile: path, encoding: .utf8)))
                }
                var request = DeliveryRequest(receiver.url)
                #expect(await transport.failure(request)?.reason == .tlsFailed)
                request.client.tls.authorities = .file(files.authorityFile)
                let withFile = try await transport.send(request).status
                #expect(withFile == 200)
                request.client.tls.authorities = try text(files.authorityFile)
                request.client.tls.certificate = try text(files.certificateFile)
                request.client.tls.key = try text(files.keyFile)
                let withText = try await transport.send(request).status
                #expect(withText == 200)
                request.client.tls.key = .file("/nowhere")
                #expect(await transport.failure(request)?.reason.code == "tls_failed")
            }
        }
    }

    @Test("versions are those of the receiver's settings")
    func versions() async throws {
        let old = try FakeReceiver.TLS(maximum: .v12)
        try await FakeReceiver.withReceiver(tls: old) { receiver in
            try await withTransport(trusting: old.certificates.authorityFile) { transport in
                func status(_ minimum: ClientTLS.Version?, _ maximum: ClientTLS.Version?) async -> Int? {
                    let request = DeliveryRequest(receiver.url) {
                        ($0.client.tls.minimum, $0.client.tls.maximum) = (minimum, maximum)
                    }
                    return try? await transport.send(request, of: .acme, timeout: .seconds(20), minimumTLS: .tls13)
                        .get().status
                }
                #expect(await status(nil, nil) == nil)
                #expect(await status(.tls12, nil) == 200)
                #expect(await status(nil, .tls12) == 200)
                #expect(await status(.tls13, nil) == nil)
            }
        }
        let new = try FakeReceiver.TLS(minimum: .v13)
        try await FakeReceiver.withReceiver(tls: new) { receiver in
            try await withTransport(trusting: new.certificates.authorityFile) { transport in
                let request = DeliveryRequest(receiver.url) { $0.client.tls.maximum = .tls12 }
                #expect(await transport.failure(request)?.reason == .tlsFailed)
            }
        }
    }

    /// Keeps the first bytes of a connection, and ends it.
    private final class FirstBytes: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let seen: AsyncStream<String>.Continuation

        init(_ seen: AsyncStream<String>.Continuation) { self.seen = seen }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            seen.yield(String(buffer: unwrapInboundIn(data)))
            context.close(promise: nil)
        }
    }

    @Test("HTTP/2 is spoken where both want it", arguments: [(true, "PRI * HTTP/2.0"), (false, "POST / HTTP/1.1")])
    func http2(isWanted: Bool, start: String) async throws {
        let files = try TestCertificates()
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(files.certificateFile).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: files.keyFile, format: .pem)))
        configuration.applicationProtocols = ["h2", "http/1.1"]
        let context = try NIOSSLContext(configuration: configuration)
        let (texts, seen) = AsyncStream.makeStream(of: String.self)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    try channel.pipeline.syncOperations.addHandler(FirstBytes(seen))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        try await withTransport(trusting: files.authorityFile) { transport in
            let request = DeliveryRequest("https://127.0.0.1:\(server.localAddress?.port ?? 0)/") {
                $0.client.speaksHTTP2 = isWanted
            }
            let sent = await transport.send(request, of: .acme, timeout: .seconds(5), minimumTLS: .tls12)
            if case .success = sent { Issue.record("a connection that ends is no answer") }
        }
        try await server.close()
        seen.finish()
        let first = await texts.first { _ in true }
        #expect(first?.hasPrefix(start) == true, "\(first ?? "nothing")")
    }

    @Test("clients for unusual settings are shared, bounded, and used until nobody needs them")
    func bounded() async throws {
        try await withTransport { transport in
            let clients = HTTPClients(
                usual: try await transport.clients.withClient(.init()) { $0 },
                configuration: HTTPTransport.configuration(trustRoots: [], names: GuardedNames(.open)), capacity: 2)
            func key(_ number: Int) -> HTTPClients.Key { .init(serverName: "a\(number).test", host: "127.0.0.1") }
            try await clients.withClient(key(0)) { held in
                for number in 1..<6 {
                    try await clients.withClient(key(number)) { _ in }
                    #expect(clients.count == 2)
                    try await clients.withClient(key(0)) { #expect($0 === held) }
                }
            }
            await clients.shutdown()
            #expect(clients.count == 0)
        }
    }
}
