/// The commands that are sent to Redis, by name: all that Tocsin's user needs to be allowed, besides what the functions call.
///
/// Every ``RedisCommand`` begins with one of these, so the list is complete by construction.
public enum RedisVerb: String, Sendable, Hashable, CaseIterable {
    case asking = "ASKING"
    case auth = "AUTH"
    case blpop = "BLPOP"
    case clusterInfo = "CLUSTER INFO"
    case clusterSlots = "CLUSTER SLOTS"
    case configGet = "CONFIG GET"
    case del = "DEL"
    case fcall = "FCALL"
    case functionLoad = "FUNCTION LOAD"
    case get = "GET"
    case hdel = "HDEL"
    case hget = "HGET"
    case hgetall = "HGETALL"
    case hincrby = "HINCRBY"
    case hlen = "HLEN"
    case hmget = "HMGET"
    case hscan = "HSCAN"
    case hset = "HSET"
    case hsetnx = "HSETNX"
    case info = "INFO"
    case lrange = "LRANGE"
    case ping = "PING"
    case scan = "SCAN"
    case select = "SELECT"
    case sentinelMaster = "SENTINEL GET-MASTER-ADDR-BY-NAME"
    case set = "SET"
    case sismember = "SISMEMBER"
    case smembers = "SMEMBERS"
    case time = "TIME"
    case wait = "WAIT"
    case waitaof = "WAITAOF"
    case xlen = "XLEN"
    case xpending = "XPENDING"
    case xrange = "XRANGE"
    case xrevrange = "XREVRANGE"
    case zcard = "ZCARD"
    case zscan = "ZSCAN"

    /// Whether it is sent to Sentinels and not to Redis.
    public var isForSentinel: Bool { self == .sentinelMaster }

    /// How an ACL rule names it, as in `config|get`: <https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/>.
    public var aclName: String { rawValue.lowercased().split(separator: " ").joined(separator: "|") }

    /// At which place among the command's words its first key stands; `nil` if it has none.
    var keyPlace: Int? {
        switch self {
        case .asking, .auth, .clusterInfo, .clusterSlots, .configGet, .functionLoad, .info, .ping, .scan, .select,
            .sentinelMaster, .time, .wait, .waitaof:
            nil
        case .fcall: 3
        case .blpop, .del, .get, .hdel, .hget, .hgetall, .hincrby, .hlen, .hmget, .hscan, .hset, .hsetnx, .lrange,
            .set, .sismember, .smembers, .xlen, .xpending, .xrange, .xrevrange, .zcard, .zscan:
            1
        }
    }
}
