import TocsinCore
import TocsinRedis

/// The rights that Tocsin's user needs at Redis: what it sends, what its functions call, and its own keys.
///
/// It is made from the program itself, so that it never is older than what it describes. The form is that of
/// <https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/>.
public enum RedisAccess {
    /// The ACL rules of a user.
    ///
    /// - Parameter hasWaitAOF: Whether the servers know `WAITAOF`, which is of Redis 7.2; an older one refuses the name.
    public static func rules(hasWaitAOF: Bool) -> [String] {
        let sent = RedisVerb.allCases.filter { !$0.isForSentinel && (hasWaitAOF || $0 != .waitaof) }.map(\.aclName)
        return ["resetkeys", "~tocsin:*", "resetchannels", "-@all"]
            + Set(sent).union(functionVerbs).sorted().map { "+" + $0 }
    }

    /// The ACL rules of a user of Sentinels.
    public static var sentinelRules: [String] {
        ["resetchannels", "-@all"]
            + [RedisVerb.auth, .ping, .sentinelMaster].map(\.aclName).sorted().map { "+" + $0 }
    }

    /// The commands that the functions call; a function has the rights of whoever calls it.
    static var functionVerbs: Set<String> {
        let marks = ["redis.call('", "redis.pcall('"]
        var found: Set<String> = []
        for line in FunctionLibrary.current.text.split(separator: "\n") {
            for mark in marks {
                for rest in line.ranges(of: mark).map({ line[$0.upperBound...] }) {
                    let words = rest.split(separator: "'", maxSplits: 3, omittingEmptySubsequences: false)
                    guard let verb = words.first else { continue }
                    let next = verb == "XGROUP" || verb == "XINFO" ? words.dropFirst(2).first : nil
                    found.insert((next.map { verb + "|" + $0 } ?? String(verb)).lowercased())
                }
            }
        }
        return found
    }
}
