import Crypto
import Dispatch
import Synchronization
import TocsinCore
import TocsinIdentity

/// Finds out whether a user's password is right.
///
/// A hash takes tens of milliseconds and more to check, so they are checked one at a time beside the event loops, few may
/// wait, and what was found is remembered.
final class PasswordCheck: Sendable {
    /// Too many checks are waiting.
    struct TooMany: Error {}

    /// More than these would wait for seconds, while each holds a connection.
    private static let mostWaiting = 64
    private let queue = DispatchQueue(label: "tocsin.passwords")
    private let waiting = Atomic<Int>(0)
    private let known = Mutex(KnownPasswords())

    /// Whether a name and a password are those of a user.
    ///
    /// - Parameter users: The hashes of their passwords by their names.
    /// - Throws: ``TooMany``.
    func isUser(_ credentials: BasicCredentials, among users: [String: Secret]) async throws(TooMany) -> Bool {
        let hash = users.first { $0.key.utf8.elementsEqual(credentials.user) }?.value
        let isKnown = hash != nil
        guard let checked = hash ?? Self.stranger(credentials.user, among: users) else { return false }
        let key = known.withLock { $0.key(for: credentials, hash: checked) }
        if let answer = known.withLock({ $0.answer(for: key) }) { return answer && isKnown }
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.mostWaiting else {
            waiting.subtract(1, ordering: .relaxed)
            throw TooMany()
        }
        return await withCheckedContinuation { continuation in
            queue.async {
                let answer = self.check(credentials.password, against: checked, key: key) && isKnown
                self.waiting.subtract(1, ordering: .relaxed)
                continuation.resume(returning: answer)
            }
        }
    }

    /// What is checked where there is no such user: somebody's hash, so that the time of the answer, which is that of the
    /// hash's cost, does not tell who there is.
    private static func stranger(_ user: [UInt8], among users: [String: Secret]) -> Secret? {
        let names = users.keys.sorted()
        guard !names.isEmpty else { return nil }
        return users[names[Int(FNV64.hash(user) % UInt64(names.count))]]
    }

    private func check(_ password: [UInt8], against hash: Secret, key: KnownPasswords.Key) -> Bool {
        // Whoever asked the same a moment before may have had it found out.
        if let answer = known.withLock({ $0.answer(for: key) }) { return answer }
        let answer = (try? PasswordHash(hash))?.matches(password) ?? false
        known.withLock { $0.remember(answer, for: key) }
        return answer
    }
}

/// What was found out about passwords, without the passwords.
///
/// Right and wrong ones do not share their places, so that guesses push out nobody who knows his.
struct KnownPasswords {
    typealias Key = [UInt8]

    private static let capacity = 100
    /// Made anew with every start: a copy of the memory is of no use for guessing without it.
    private let secret = SymmetricKey(size: .bits256)
    private var right: Set<Key> = []
    private var wrong: Set<Key> = []

    /// Under which a password is remembered; another as soon as the hash is another.
    func key(for credentials: BasicCredentials, hash: Secret) -> Key {
        var code = HMAC<SHA256>(key: secret)
        for part in [credentials.user, Array(hash.reveal().utf8), credentials.password] {
            withUnsafeBytes(of: UInt64(part.count)) { code.update(data: $0) }
            code.update(data: part)
        }
        return Array(code.finalize())
    }

    func answer(for key: Key) -> Bool? {
        if right.contains(key) { return true }
        return wrong.contains(key) ? false : nil
    }

    mutating func remember(_ answer: Bool, for key: Key) {
        if answer { Self.insert(key, into: &right) } else { Self.insert(key, into: &wrong) }
    }

    private static func insert(_ key: Key, into keys: inout Set<Key>) {
        if keys.count >= capacity { keys.removeFirst() }
        keys.insert(key)
    }
}
