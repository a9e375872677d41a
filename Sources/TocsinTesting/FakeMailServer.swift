import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A submission server on a free port of loopback that offers STARTTLS and fails as the test says.
public final class FakeMailServer: Sendable {
    /// A message as it arrived.
    public struct Message: Sendable {
        /// The sender's address.
        public let from: String
        /// The recipients' addresses.
        public let recipients: [String]
        /// The lines between DATA and the final dot, without the dots that were added.
        public let text: String
        /// Whether it came over TLS.
        public let isSecret: Bool
        /// Who had logged in, as `mechanism:decoded text`.
        public let login: String
    }

    /// What the server does otherwise than it should.
    public struct Faults: Sendable {
        /// Replies to commands by their first word, in capitals, instead of the usual: `["RCPT": "450 4.2.1 busy"]`.
        public var replies: [String: String] = [:]
        /// Commands by their first word after which the connection is closed; `"."` is the end of a message.
        public var drops: Set<String> = []
        /// Whether STARTTLS is offered.
        public var offersTLS = true
        /// Whether something is smuggled in behind the reply to STARTTLS.
        public var smuggles = false

        /// None.
        public init() {}
    }

    /// The port.
    public let port: Int
    private let state: Mutex<[Message]>

    /// What has arrived.
    public var messages: [Message] { state.withLock { $0 } }

    private init(port: Int) {
        self.port = port
        state = Mutex([])
    }

    fileprivate func take(_ message: Message) { state.withLock { $0.append(message) } }

    /// Runs a server for as long as the body runs.
    public static func withServer<Result: Sendable>(
        _ certificates: TestCertificates, faults: Faults = Faults(), isImplicit: Bool = false,
        _ body: (FakeMailServer) async throws -> Result
    ) async throws -> Result {
        let context = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(certificates.certificateFile).map {
                    .certificate($0)
                }, privateKey: .privateKey(try NIOSSLPrivateKey(file: certificates.keyFile, format: .pem))))
        let box = Box()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if isImplicit {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        MailConversation(context: context, faults: faults, isSecret: isImplicit) {
                            box.server?.take($0)
                        })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = listener.localAddress?.port else { throw ChannelError.unknownLocalAddress }
        let server = FakeMailServer(port: port)
        box.set(server)
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(server))
        } catch {
            result = .failure(error)
        }
        try await listener.close()
        return try result.get()
    }

    private final class Box: Sendable {
        private let held = Mutex<FakeMailServer?>(nil)

        var server: FakeMailServer? { held.withLock { $0 } }

        func set(_ server: FakeMailServer) { held.withLock { $0 = server } }
    }
}

/// One connection: reads lines, answers them.
private final class MailConversation: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let context: NIOSSLContext
    private let faults: FakeMailServer.Faults
    private let take: @Sendable (FakeMailServer.Message) -> Void
    private var isSecret: Bool
    private var input = ByteBuffer()
    private var from = ""
    private var recipients: [String] = []
    private var data: [String]?
    private var login: [String] = []
    private var loginLines = 0

    init(
        context: NIOSSLContext, faults: FakeMailServer.Faults, isSecret: Bool,
        take: @escaping @Sendable (FakeMailServer.Message) -> Void
    ) {
        self.context = context
        self.faults = faults
        self.isSecret = isSecret
        self.take = take
    }

    func channelActive(context: ChannelHandlerContext) { reply("220 fake.example ESMTP", context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        input.writeBuffer(&bytes)
        while let end = input.readableBytesView.firstIndex(of: UInt8(ascii: "\n")),
            let line = input.readString(length: end - input.readerIndex + 1)
        {
            handle(String(line.unicodeScalars.filter { $0 != "\r" && $0 != "\n" }.map(Character.init)), context)
        }
    }

    private func handle(_ line: String, _ context: ChannelHandlerContext) {
        if data != nil { return takeData(line, context) }
        if loginLines > 0 {
            login.append(line)
            loginLines -= 1
            return reply(loginLines > 0 ? "334 UGFzc3dvcmQ6" : "235 2.7.0 ok", context)
        }
        let word = line.split(separator: " ").first.map { $0.uppercased() } ?? ""
        if faults.drops.contains(word) { return context.close(promise: nil) }
        if let answer = faults.replies[word] { return reply(answer, context) }
        switch word {
        case "EHLO":
            let tls = faults.offersTLS && !isSecret ? "250-STARTTLS\r\n" : ""
            reply("250-fake.example\r\n\(tls)250-AUTH LOGIN PLAIN\r\n250 SIZE 1000000", context)
        case "STARTTLS": startTLS(context)
        case "AUTH":
            let parts = line.split(separator: " ").map(String.init)
            login = [parts[1]] + parts.dropFirst(2)
            loginLines = parts[1] == "LOGIN" ? 2 : 0
            reply(loginLines > 0 ? "334 VXNlcm5hbWU6" : "235 2.7.0 ok", context)
        case "MAIL":
            from = address(line)
            recipients = []
            reply("250 2.1.0 ok", context)
        case "RCPT":
            if line.contains("nobody@") { return reply("550 5.1.1 no such user", context) }
            recipients.append(address(line))
            reply("250 2.1.5 ok", context)
        case "DATA":
            data = []
            reply("354 go on", context)
        case "QUIT":
            reply("221 2.0.0 bye", context)
            context.close(promise: nil)
        default: reply("500 5.5.1 what?", context)
        }
    }

    private func takeData(_ line: String, _ context: ChannelHandlerContext) {
        guard line == "." else {
            data?.append(line.hasPrefix(".") ? String(line.dropFirst()) : line)
            return
        }
        let text = (data ?? []).joined(separator: "\n")
        data = nil
        if let answer = faults.replies["."] { return reply(answer, context) }
        take(
            FakeMailServer.Message(
                from: from, recipients: recipients, text: text, isSecret: isSecret,
                login: login.joined(separator: ":")))
        if faults.drops.contains(".") { return context.close(promise: nil) }
        reply("250 2.0.0 queued", context)
    }

    private func startTLS(_ context: ChannelHandlerContext) {
        reply("220 2.0.0 go ahead" + (faults.smuggles ? "\r\n250 smuggled" : ""), context)
        isSecret = true
        try? context.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: self.context), position: .first)
    }

    private func address(_ line: String) -> String {
        String(line.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" })
    }

    private func reply(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text + "\r\n")), promise: nil)
    }
}
