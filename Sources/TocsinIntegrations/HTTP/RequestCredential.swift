import Crypto
import Foundation
public import TocsinCore

/// What proves who the sender is and must be fetched before a request can go: a token, or keys that sign it.
///
/// Pure: whoever fetches it keeps it for ``cacheKey`` until it ends.
public protocol RequestCredential: Sendable {
    /// The same for the same credential alone, by whatever way it is fetched, and tells nothing of it.
    var cacheKey: String { get }

    /// What is to be done next to fetch it, after what was answered so far.
    ///
    /// - Throws: If no request can be made for it.
    func next(_ fetching: CredentialFetching) throws -> CredentialStep

    /// Puts what was fetched into a request.
    func apply(_ fetched: FetchedCredential, to request: inout DeliveryRequest, now: Timestamp)

    /// Whether an answer says that what was fetched does not hold any more.
    func isRefused(by response: DeliveryResponse) -> Bool

    /// Why there is none.
    ///
    /// - Parameter detail: In words that hold no secret.
    func failure(_ detail: String) -> FailureReason
}

extension RequestCredential {
    /// A name for what is made of these texts: a SHA-256 hash, since some of them are secrets.
    static func key(of parts: [String]) -> String {
        var hash = SHA256()
        for part in parts {
            hash.update(data: Data("\(part.utf8.count):".utf8))
            hash.update(data: Data(part.utf8))
        }
        return Hexadecimal.encode(hash.finalize())
    }
}

/// How far a credential has been fetched.
public struct CredentialFetching: Sendable {
    /// The time now.
    public var now: Timestamp
    /// A new name, for whatever must have one.
    public var id: String
    /// Which way to prove who the sender is was taken the last time, from 0.
    public var way: Int
    /// What was answered so far, oldest first.
    public var answers: [DeliveryResponse] = []
    /// Reads a small file, which may change at any moment; `nil` if it cannot be read.
    public var file: @Sendable (String) -> String?

    /// Begins.
    public init(now: Timestamp, id: String, way: Int = 0, file: @escaping @Sendable (String) -> String? = { _ in nil })
    {
        self.now = now
        self.id = id
        self.way = way
        self.file = file
    }
}

/// What is to be done next to fetch a credential.
public enum CredentialStep: Sendable {
    /// Send a request; what is next is asked again with the answer to it.
    case send(DeliveryRequest)
    /// Here it is.
    ///
    /// - Parameter way: Which way to prove who the sender is was taken.
    case fetched(FetchedCredential, way: Int)
    /// There is none.
    case failed(CredentialFailure)
}

/// A credential, and when it ends.
public struct FetchedCredential: Sendable, Hashable {
    /// What it is made of, in an order that its kind knows.
    public let values: [Secret]
    /// When it ends.
    public let end: Timestamp
    /// When to get the next one, before this one ends.
    public let renewal: Timestamp

    init(_ values: [Secret], lifetime: Duration, now: Timestamp) {
        self.values = values
        end = now + lifetime
        // A minute is more than any request takes; short lives cannot spare as much.
        renewal = now + lifetime - min(.seconds(60), lifetime / 4)
    }

    /// The credential as bytes, for other workers; holds secrets, so it is to be sealed.
    public var record: [UInt8] {
        var writer = RecordWriter()
        writer.write(byte: 1)
        writer.write(signed: end.milliseconds)
        writer.write(signed: renewal.milliseconds)
        writer.write(signed: Int64(values.count))
        for value in values { writer.write(value.reveal()) }
        return writer.bytes
    }

    /// What another worker kept.
    ///
    /// - Parameter record: As ``record`` made it; anything else is no credential.
    public init?(record: [UInt8]) {
        var reader = RecordReader(record)
        guard (try? reader.readByte()) == 1, let end = try? reader.readInt(), let renewal = try? reader.readInt(),
            let count = try? reader.readInt(), (0...16).contains(count)
        else { return nil }
        var values: [Secret] = []
        for _ in 0..<count {
            guard let value = try? reader.readString() else { return nil }
            values.append(Secret(value))
        }
        self.values = values
        self.end = Timestamp(milliseconds: end)
        self.renewal = Timestamp(milliseconds: renewal)
    }
}

/// Why there is no credential.
public struct CredentialFailure: Error, Hashable {
    /// In words that hold no secret.
    public let reason: FailureReason
    /// Whether another way to prove who the sender is may succeed.
    public var isRefusal = false
    /// What follows for the notification.
    public let outcome: DeliveryOutcome

    init(_ reason: FailureReason, isRefusal: Bool = false, outcome: DeliveryOutcome) {
        self.reason = reason
        self.isRefusal = isRefusal
        self.outcome = outcome
    }

    /// By what the server answered: it may have another answer later, or it said no.
    init(_ reason: FailureReason, answer: DeliveryResponse, now: Timestamp) {
        switch answer.status {
        case 200..<300: self.init(reason, outcome: .retry(after: nil, reason: reason))
        case 408, 425, 429, 500...599:
            self.init(reason, outcome: .retry(after: RetryAfter.read(answer, now: now), reason: reason))
        default:
            self.init(
                reason, isRefusal: (400..<500).contains(answer.status), outcome: .disable(reason: reason))
        }
    }
}
