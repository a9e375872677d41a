/// What one server of a cluster says of all of it.
struct ClusterAnswer: Sendable, Hashable {
    /// Grows with every failover; of two answers the one with the larger number is the newer one.
    let epoch: Int64
    let layout: ServerLayout

    /// Reads what `CLUSTER INFO` and `CLUSTER SLOTS` answer: <https://redis.io/docs/latest/commands/cluster-slots/>.
    ///
    /// - Parameter asked: The server that answered, which need not know its own address.
    /// - Throws: ``RedisError`` of kind `unexpectedReply`.
    init(info: RedisReply, slots: RedisReply, from asked: RedisConfiguration.Endpoint) throws {
        let lines = try info.requireString().split(whereSeparator: \.isNewline)
        let epoch = lines.first { $0.hasPrefix("cluster_current_epoch:") }.flatMap { Int64($0.dropFirst(22)) }
        guard let epoch else { throw RedisError(.unexpectedReply, "CLUSTER INFO does not tell the cluster's epoch") }
        self.epoch = epoch
        var (servers, map) = ([RedisConfiguration.Endpoint](), SlotMap())
        for range in try slots.requireArray() {
            let fields = try range.requireArray()
            guard fields.count >= 3, let first = fields[0].integer, let last = fields[1].integer, first >= 0,
                first <= last, last < SlotMap.count
            else { throw RedisError(.unexpectedReply, "CLUSTER SLOTS answered in an unknown form") }
            let master = try Self.endpoint(fields[2], asked: asked)
            let place = servers.firstIndex(of: master) ?? servers.count
            if place == servers.count { servers.append(master) }
            map.assign(Int(first)...Int(last), to: place)
        }
        layout = ServerLayout(servers: servers, slots: map)
    }

    private static func endpoint(
        _ reply: RedisReply, asked: RedisConfiguration.Endpoint
    ) throws -> RedisConfiguration.Endpoint {
        let fields = try reply.requireArray()
        guard fields.count >= 2, let port = fields[1].integer, (1...65_535).contains(port) else {
            throw RedisError(.unexpectedReply, "CLUSTER SLOTS answered in an unknown form")
        }
        // No name, or a question mark, stands for the server that was asked.
        let name = fields[0].string ?? ""
        guard name.isEmpty || name == "?", case .tcp(let host, _) = asked else {
            return .tcp(host: name, port: Int(port))
        }
        return .tcp(host: host, port: Int(port))
    }
}
