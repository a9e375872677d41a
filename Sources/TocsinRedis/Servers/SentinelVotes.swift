/// What the Sentinels of a master say, counted.
///
/// One Sentinel that is cut off, with the old master perhaps, still names it: only what more than half of all say counts.
enum SentinelVotes {
    /// The server that more than half of all Sentinels name; `nil` if none has so many votes.
    ///
    /// - Parameters:
    ///   - votes: What those said that answered.
    ///   - count: How many Sentinels there are.
    static func master(_ votes: [RedisConfiguration.Endpoint], of count: Int) -> RedisConfiguration.Endpoint? {
        Dictionary(grouping: votes) { $0 }.first { $0.value.count * 2 > count }?.key
    }

    /// Reads what `SENTINEL GET-MASTER-ADDR-BY-NAME` answers; `nil` if the Sentinel knows no master of that name.
    static func vote(_ reply: RedisReply) throws -> RedisConfiguration.Endpoint? {
        guard let fields = reply.array else { return nil }
        guard fields.count == 2, let host = fields[0].string, let port = fields[1].string.flatMap({ Int($0) }),
            (1...65_535).contains(port)
        else { throw RedisError(.unexpectedReply, "a Sentinel answered in an unknown form") }
        return .tcp(host: host, port: port)
    }
}
