import Crypto
import Foundation
import NIOCore
import NIOSSL
import TocsinCore
import TocsinIntegrations

/// One conversation with a submission server: greeting, TLS, login, one message.
///
/// Sources: RFC 5321; RFC 3207 (STARTTLS); RFC 4954, RFC 4616 and RFC 2195 (AUTH, PLAIN, CRAM-MD5).
struct SMTPSession {
    typealias Replies = NIOAsyncChannelInboundStream<SMTPReply>.AsyncIterator

    /// The server said no, or something that it must not say.
    struct Refusal: Error {
        let code: Int
        /// The command that it answered.
        let step: String
    }

    private let envelope: SMTPEnvelope
    private let channel: any Channel
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var replies: Replies
    private var extensions: [String: String] = [:]
    private var isSecret: Bool
    /// Whether the last byte of the message may have left.
    private(set) var mayHaveArrived = false

    init(
        _ envelope: SMTPEnvelope, channel: any Channel, replies: Replies,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.envelope = envelope
        self.channel = channel
        self.replies = replies
        self.outbound = outbound
        isSecret = envelope.security == .implicit
    }

    /// Sends one message.
    ///
    /// - Parameter upgrade: Makes the connection secret, from the next byte on.
    /// - Returns: The reply to the message.
    /// - Throws: ``Refusal``, or what the connection fails with.
    mutating func send(_ message: [UInt8], upgrade: () async throws -> Void) async throws -> SMTPReply {
        _ = try await reply(to: "greeting")
        try await hello()
        try await makeSecret(upgrade)
        try await logIn()
        _ = try await command("MAIL FROM:<\(envelope.from)>", step: "mail")
        try await nameRecipients()
        _ = try await command("DATA", step: "data")
        mayHaveArrived = true
        try await outbound.write(ByteBuffer(bytes: SMTPSession.dotStuffed(message)))
        let reply = try await reply(to: "message")
        try? await outbound.write(ByteBuffer(string: "QUIT\r\n"))
        return reply
    }

    private mutating func hello() async throws {
        let reply = try await command("EHLO " + SMTPSession.word(envelope.hello), step: "ehlo")
        extensions = [:]
        for line in reply.lines.dropFirst() {
            let parts = line.split(separator: " ", maxSplits: 1)
            if let name = parts.first { extensions[name.uppercased()] = parts.count > 1 ? String(parts[1]) : "" }
        }
    }

    private mutating func makeSecret(_ upgrade: () async throws -> Void) async throws {
        guard !isSecret else { return }
        guard extensions["STARTTLS"] != nil else {
            guard envelope.security == .opportunistic else { throw Refusal(code: 454, step: "starttls") }
            return
        }
        // What had come before TLS could be anybody's, RFC 3207, section 6.
        guard try await !command("STARTTLS", step: "starttls").isFollowed else {
            throw Refusal(code: 454, step: "starttls")
        }
        try await upgrade()
        isSecret = true
        try await hello()
    }

    private mutating func logIn() async throws {
        guard let credentials = envelope.credentials, let offered = extensions["AUTH"] else { return }
        let mechanisms = offered.uppercased().split(separator: " ")
        let password = credentials.password.reveal()
        for mechanism in mechanisms {
            switch mechanism {
            case "CRAM-MD5" where !credentials.secret.reveal().isEmpty:
                let challenge = try await command("AUTH CRAM-MD5", step: "auth", expecting: 300..<400).lines.first ?? ""
                let key = SymmetricKey(data: Array(credentials.secret.reveal().utf8))
                let bytes = Data(base64Encoded: challenge) ?? Data()
                let digest = Hexadecimal.encode(HMAC<Insecure.MD5>.authenticationCode(for: bytes, using: key))
                return try await answer("\(credentials.username) \(digest)", expecting: 200..<300)
            case "PLAIN" where !password.isEmpty && maySendPassword:
                let text = "\(credentials.identity)\0\(credentials.username)\0\(password)"
                _ = try await command(
                    "AUTH PLAIN " + Data(text.utf8).base64EncodedString(), step: "auth", expecting: 200..<300)
                return
            case "LOGIN" where !password.isEmpty && maySendPassword:
                _ = try await command("AUTH LOGIN", step: "auth", expecting: 300..<400)
                try await answer(credentials.username, expecting: 300..<400)
                return try await answer(password, expecting: 200..<300)
            default: continue
            }
        }
        throw Refusal(code: 534, step: "auth")
    }

    /// A password goes over nothing that others can read, but to this machine itself.
    private var maySendPassword: Bool { isSecret || ["localhost", "127.0.0.1", "::1"].contains(envelope.host) }

    private mutating func answer(_ text: String, expecting codes: Range<Int>) async throws {
        _ = try await command(Data(text.utf8).base64EncodedString(), step: "auth", expecting: codes)
    }

    /// One recipient that is refused for good does not keep the message from the others; one that may be taken later
    /// keeps it from all, because nobody is to get it twice.
    private mutating func nameRecipients() async throws {
        var refusal: Refusal?
        var taken = 0
        for recipient in envelope.recipients {
            do {
                _ = try await command("RCPT TO:<\(recipient)>", step: "rcpt")
                taken += 1
            } catch let error as Refusal where error.code >= 500 {
                refusal = error
            }
        }
        if taken == 0 { throw refusal ?? Refusal(code: 554, step: "rcpt") }
    }

    private mutating func command(
        _ line: String, step: String, expecting codes: Range<Int> = 200..<400
    ) async throws -> SMTPReply {
        do {
            try await outbound.write(ByteBuffer(string: line + "\r\n"))
        } catch {
            // A connection that is gone says only that; why it went, or the server's last word, is on the reading side.
            _ = try await reply(to: step)
            throw error
        }
        let reply = try await reply(to: step)
        guard codes.contains(reply.code) else { throw Refusal(code: 554, step: step) }
        return reply
    }

    private mutating func reply(to step: String) async throws -> SMTPReply {
        guard let reply = try await replies.next(isolation: #isolation) else { throw ChannelError.eof }
        guard reply.isPositive else { throw Refusal(code: reply.code, step: step) }
        return reply
    }

    /// What a client calls itself may not break the line.
    private static func word(_ text: String) -> String {
        String(text.filter { $0.isASCII && !$0.isWhitespace && !$0.isNewline }.prefix(255))
    }

    /// RFC 5321, section 4.5.2: a line that begins with a dot gets another, and one alone ends the message.
    static func dotStuffed(_ message: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(message.count + 8)
        var isAtStart = true
        for byte in message {
            if isAtStart, byte == UInt8(ascii: ".") { out.append(byte) }
            out.append(byte)
            isAtStart = byte == UInt8(ascii: "\n")
        }
        if !isAtStart { out += Array("\r\n".utf8) }
        return out + Array(".\r\n".utf8)
    }
}
