import Foundation
import Logging
import NIOSSL
import SwiftASN1
import Synchronization
import TocsinConfiguration
import TocsinCore

/// The certificates that an authority has taken back (RFC 5280, section 5), from a file that is read again when it changes.
///
/// The file is the operator's, as the authorities' own certificates are, so that its signature is not asked for. A list that is
/// past its next update goes on being used, and the log says so: better an old list than none, and than no alerts.
final class RevocationList: Sendable {
    /// A certificate by its issuer's name and its number, both as they are encoded.
    struct Entry: Hashable, Sendable {
        let issuer: [UInt8]
        let number: [UInt8]
    }

    /// What a file holds.
    struct Contents: Sendable {
        var entries: Set<Entry> = []
        var nextUpdate: Timestamp?
    }

    private let path: String
    private let clock: any WallClock
    private let logger: Logger
    private let known = Mutex<(bytes: Data, contents: Contents)?>(nil)
    private let warnedAt = Mutex<Timestamp?>(nil)

    /// - Throws: ``WebConfigurationError`` if the file cannot be read or holds no list.
    init(path: String, clock: any WallClock, logger: Logger) throws(WebConfigurationError) {
        self.path = path
        self.clock = clock
        self.logger = logger
        guard let data = FileManager.default.contents(atPath: path) else {
            throw WebConfigurationError("the list of revoked certificates cannot be read", in: path)
        }
        do {
            known.withLock { $0 = (data, Contents()) }
            let contents = try Self.read(data)
            known.withLock { $0 = (data, contents) }
        } catch {
            throw WebConfigurationError("it holds no list of revoked certificates in PEM form: \(error)", in: path)
        }
    }

    /// The list as the file has it now; as it was, if the file is damaged or gone.
    ///
    /// Blocks its thread: not for an event loop.
    func current() -> Contents {
        let last = known.withLock { $0 }
        var contents = last?.contents ?? Contents()
        if let data = FileManager.default.contents(atPath: path), data != last?.bytes {
            do {
                contents = try Self.read(data)
                known.withLock { [contents] in $0 = (data, contents) }
            } catch {
                warn("the list of revoked certificates is damaged; the last one is used")
            }
        }
        if let next = contents.nextUpdate, next < clock.now() {
            warn("the list of revoked certificates is past its next update; it is used still")
        }
        return contents
    }

    private func warn(_ message: String) {
        let now = clock.now()
        let isDue = warnedAt.withLock { last in
            if let last, now - last < .seconds(600) { return false }
            last = now
            return true
        }
        if isDue { logger.error("\(message)", metadata: [LogKey.file: "\(path)"]) }
    }

    /// Reads lists in PEM form; several may stand in one file.
    static func read(_ data: Data) throws -> Contents {
        var contents = Contents()
        let documents = try PEMDocument.parseMultiple(pemString: String(decoding: data, as: UTF8.self))
        guard !documents.isEmpty else { throw ListError() }
        for document in documents {
            guard document.discriminator == "X509 CRL" else { throw ListError() }
            try add(document.derBytes, to: &contents)
        }
        return contents
    }

    private struct ListError: Error, CustomStringConvertible {
        let description = "it is of another form"
    }

    private static func add(_ bytes: [UInt8], to contents: inout Contents) throws {
        try DER.sequence(try DER.parse(bytes), identifier: .sequence) { list in
            guard let body = list.next() else { throw ListError() }
            try DER.sequence(body, identifier: .sequence) { parts in
                guard var next = parts.next() else { throw ListError() }
                if next.identifier == .integer, let after = parts.next() { next = after }
                guard next.identifier == .sequence, let issuer = parts.next(), parts.next() != nil else {
                    throw ListError()
                }
                while let part = parts.next() {
                    if let time = Self.time(part) {
                        contents.nextUpdate = min(contents.nextUpdate ?? time, time)
                    } else if part.identifier == .sequence {
                        try Self.add(part, of: Array(issuer.encodedBytes), to: &contents)
                    }
                }
            }
            // The signature and its algorithm.
            while list.next() != nil {}
        }
    }

    private static func add(_ node: ASN1Node, of issuer: [UInt8], to contents: inout Contents) throws {
        try DER.sequence(node, identifier: .sequence) { revoked in
            while let entry = revoked.next() {
                try DER.sequence(entry, identifier: .sequence) { parts in
                    guard let number = parts.next(), case .primitive(let digits) = number.content else {
                        throw ListError()
                    }
                    contents.entries.insert(Entry(issuer: issuer, number: Array(digits)))
                    while parts.next() != nil {}
                }
            }
        }
    }

    private static func time(_ node: ASN1Node) -> Timestamp? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        switch node.identifier {
        case .utcTime: formatter.dateFormat = "yyMMddHHmmss'Z'"
        case .generalizedTime: formatter.dateFormat = "yyyyMMddHHmmss'Z'"
        default: return nil
        }
        guard case .primitive(let bytes) = node.content,
            let date = formatter.date(from: String(decoding: bytes, as: UTF8.self))
        else { return nil }
        return Timestamp(milliseconds: Int64(date.timeIntervalSince1970 * 1000))
    }
}

extension RevocationList.Contents {
    /// Whether a certificate was taken back; one whose issuer cannot be read was.
    func isRevoked(_ certificate: NIOSSLCertificate) -> Bool {
        guard !entries.isEmpty else { return false }
        guard let bytes = try? certificate.toDERBytes(), let entry = RevocationList.Entry(certificate: bytes) else {
            return true
        }
        return entries.contains(entry)
    }
}

extension RevocationList.Entry {
    /// The issuer and the number of a certificate (RFC 5280, section 4.1).
    fileprivate init?(certificate bytes: [UInt8]) {
        var found: RevocationList.Entry?
        try? DER.sequence(try DER.parse(bytes), identifier: .sequence) { certificate in
            guard let body = certificate.next() else { return }
            try DER.sequence(body, identifier: .sequence) { parts in
                var next = parts.next()
                if next?.identifier.tagClass == .contextSpecific { next = parts.next() }
                if let number = next, case .primitive(let digits) = number.content, parts.next() != nil,
                    let issuer = parts.next()
                {
                    found = RevocationList.Entry(issuer: Array(issuer.encodedBytes), number: Array(digits))
                }
                while parts.next() != nil {}
            }
            while certificate.next() != nil {}
        }
        guard let found else { return nil }
        self = found
    }
}
