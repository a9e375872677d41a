public import TocsinCore

/// Why Redis did not do what it was asked.
///
/// The message never holds arguments of a command: a server repeats them in some of its errors, and they may be data.
public struct RedisError: CodedError, Hashable {
    /// What went wrong, as a program needs to know it.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// No connection could be made.
        case connectFailed = "connect_failed"
        /// There is no connection at the moment, or it ended before the reply: the command may have been carried out.
        case disconnected
        /// TLS was refused, by us or by the server.
        case tlsFailed = "tls_failed"
        /// No reply came in time: the command may have been carried out.
        case timeout
        /// More commands wait for replies than the configuration allows.
        case queueFull = "queue_full"
        /// What the server sent is not RESP2; the connection is closed.
        case protocolViolation = "protocol_violation"
        /// A reply is larger than the configuration allows; the connection is closed.
        case replyTooLarge = "reply_too_large"
        /// A reply is of another type than the command has.
        case unexpectedReply = "unexpected_reply"
        /// Most Sentinels do not say which server is the master, or no server says which has which keys.
        case masterUnknown = "master_unknown"
        /// NOAUTH, WRONGPASS or "invalid password".
        case notAuthenticated = "not_authenticated"
        /// NOPERM: the ACL user may not do this.
        case notPermitted = "not_permitted"
        /// READONLY: this server is a replica.
        case readOnly = "read_only"
        /// LOADING: the server reads its data from disk.
        case loading
        /// MASTERDOWN: a replica without its master.
        case masterDown = "master_down"
        /// OOM: the server's memory is used up.
        case outOfMemory = "out_of_memory"
        /// MISCONF: the server cannot persist, so it takes no writes.
        case misconfigured
        /// NOREPLICAS: fewer replicas are up to date than `min-replicas-to-write` asks for, so it takes no writes.
        case notEnoughReplicas = "not_enough_replicas"
        /// MOVED or ASK: the key belongs to another server of a cluster.
        case moved
        /// TRYAGAIN, or a function that met a key of a slot on its way to another server; nothing was done.
        case slotMoving = "slot_moving"
        /// CLUSTERDOWN: the cluster takes no commands, or not for this key.
        case clusterDown = "cluster_down"
        /// BUSY: a script runs for too long.
        case busy
        /// The function that was called is not loaded.
        case noFunction = "no_function"
        /// NOGROUP: the stream or its consumer group does not exist.
        case noGroup = "no_group"
        /// Any other error of the server.
        case server
        /// The address is not one.
        case invalidAddress = "invalid_address"
    }

    /// What went wrong, as a program needs to know it.
    public let kind: Kind
    /// A sentence for people.
    public let message: String
    /// Where a cluster sends the command instead.
    let redirect: Redirect?

    /// Another server of a cluster that has a key.
    struct Redirect: Hashable {
        let endpoint: RedisConfiguration.Endpoint
        /// Whether it only takes this one command, because the key's slot is on its way to it.
        let isOnce: Bool
    }

    /// Makes one.
    public init(_ kind: Kind, _ message: String) { self.init(kind, message, redirect: nil) }

    init(_ kind: Kind, _ message: String, redirect: Redirect?) {
        self.kind = kind
        self.message = message
        self.redirect = redirect
    }

    /// A word that scripts can match.
    public var code: String { "redis_" + kind.rawValue }

    /// Whether the command may have been carried out all the same.
    public var isUnclear: Bool {
        switch kind {
        case .disconnected, .timeout, .protocolViolation, .replyTooLarge: true
        default: false
        }
    }

    /// Whether the connection is the matter, so that another attempt may succeed without anybody's doing.
    public var isConnectionLoss: Bool {
        switch kind {
        case .connectFailed, .disconnected, .tlsFailed, .timeout, .protocolViolation, .replyTooLarge, .queueFull,
            .masterUnknown:
            true
        default: false
        }
    }

    /// Whether the same command may succeed later: the connection is the matter, the server starts, another one takes its
    /// place, a slot moves, or it lacks something that somebody else gives it.
    public var isPassing: Bool {
        switch kind {
        case .loading, .readOnly, .masterDown, .moved, .slotMoving, .clusterDown, .busy, .outOfMemory, .misconfigured,
            .notEnoughReplicas:
            true
        default: isConnectionLoss
        }
    }

    /// Reads an error reply, as of <https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors>.
    static func reply(_ text: String) -> RedisError {
        let word = text.prefix { $0 != " " }
        let kind: Kind =
            switch word {
            case "NOAUTH", "WRONGPASS": .notAuthenticated
            case "NOPERM": .notPermitted
            case "READONLY": .readOnly
            case "LOADING": .loading
            case "MASTERDOWN": .masterDown
            case "OOM": .outOfMemory
            case "MISCONF": .misconfigured
            case "NOREPLICAS": .notEnoughReplicas
            case "MOVED", "ASK": .moved
            case "TRYAGAIN": .slotMoving
            case "CLUSTERDOWN": .clusterDown
            case "BUSY": .busy
            case "NOGROUP": .noGroup
            case "ERR" where text.hasPrefix("ERR Function not found"): .noFunction
            case "ERR" where text.hasPrefix("ERR invalid password"): .notAuthenticated
            case "ERR" where text.contains("access a non local key"): .slotMoving
            case "ERR" where text.contains("The user executing the script can't"): .notPermitted
            default: .server
            }
        return RedisError(
            kind, "the server answered: " + safe(text), redirect: kind == .moved ? redirect(text) : nil)
    }

    /// Reads `MOVED <slot> <host>:<port>` and `ASK …`: <https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#moved-redirection>.
    private static func redirect(_ text: String) -> Redirect? {
        let words = text.split(separator: " ")
        guard words.count >= 3, let colon = words[2].lastIndex(of: ":"),
            let port = Int(words[2][words[2].index(after: colon)...]), colon > words[2].startIndex
        else { return nil }
        return Redirect(endpoint: .tcp(host: String(words[2][..<colon]), port: port), isOnce: words[0] == "ASK")
    }

    private static func safe(_ text: String) -> String {
        let known = text.range(of: ", with args beginning").map { String(text[..<$0.lowerBound]) } ?? text
        return String(known.prefix(200))
    }
}

extension String {
    fileprivate func range(of needle: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(needle) { return start..<index(start, offsetBy: needle.count) }
            start = index(after: start)
        }
        return nil
    }
}
