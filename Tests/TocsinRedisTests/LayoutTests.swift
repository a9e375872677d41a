import Testing
import TocsinCore

@testable import TocsinRedis

@Suite("Which server has what")
struct LayoutTests {
    @Test(
        "A key's slot is that of its hash tag",
        arguments: [
            // CLUSTER KEYSLOT of a real server.
            ("foo", 12182), ("{foo}bar", 12182), ("a{foo}", 12182), ("{}foo", 9500), ("{foo", 13308), ("", 0),
            ("123456789", 12739), ("tocsin:{s07}:agenda", 633), ("tocsin:{fleet}:nodes", 14574),
        ])
    func slots(key: String, slot: Int) {
        #expect(SlotMap.slot(of: Array(key.utf8)[...]) == slot)
    }

    @Test("A command goes where its first key is, and one without a key to any server")
    func keys() {
        var call = RedisCommand(.fcall)
        call.append("tocsin_a_b")
        call.append(1)
        call.append("the key")
        call.append([0, 13, 10, 36])
        #expect(call.key.map { String(decoding: $0, as: UTF8.self) } == "the key")
        var get = RedisCommand(.hget)
        #expect(get.key == nil)
        get.append([UInt8](repeating: 65, count: 1000))
        get.append("field")
        #expect(get.key?.count == 1000)
        var config = RedisCommand(.configGet)
        config.append("maxmemory")
        #expect(config.key == nil && config.count == 3)
        #expect(RedisVerb.allCases.filter { $0.keyPlace == nil }.count == 14)
    }

    private static let (a, b, c) = (
        RedisConfiguration.Endpoint.tcp(host: "a", port: 1), RedisConfiguration.Endpoint.tcp(host: "b", port: 1),
        RedisConfiguration.Endpoint.tcp(host: "c", port: 1)
    )

    @Test(
        "A master is believed in if more than half of all Sentinels name it",
        arguments: [
            ([a, a], 3, a), ([a, b], 3, nil), ([a], 3, nil), ([], 3, nil), ([b, b, a], 3, b), ([a], 1, a),
            ([a, a], 4, nil), ([a, a, a, b, b], 5, a), ([a, a, b, b, c], 5, nil),
        ] as [([RedisConfiguration.Endpoint], Int, RedisConfiguration.Endpoint?)])
    func votes(votes: [RedisConfiguration.Endpoint], count: Int, master: RedisConfiguration.Endpoint?) {
        #expect(SentinelVotes.master(votes, of: count) == master)
    }

    @Test(
        "A redirection is read with any kind of address",
        arguments: [
            ("MOVED 3999 127.0.0.1:6381", .init(endpoint: .tcp(host: "127.0.0.1", port: 6381), isOnce: false)),
            ("ASK 3999 redis-3.example:6381", .init(endpoint: .tcp(host: "redis-3.example", port: 6381), isOnce: true)),
            ("MOVED 1 fe80::1:6381", .init(endpoint: .tcp(host: "fe80::1", port: 6381), isOnce: false)),
            ("MOVED 1 :6381", nil), ("MOVED 1", nil), ("MOVED 1 h:port", nil),
        ] as [(String, RedisError.Redirect?)])
    func redirects(text: String, redirect: RedisError.Redirect?) {
        let error = RedisError.reply(text)
        #expect(error.kind == .moved && error.redirect == redirect)
    }

    @Test(
        "Every form of URL is read",
        arguments: [
            ("redis://h", .one(.tcp(host: "h", port: 6379)), false, 0),
            ("rediss://h:1/2", .one(.tcp(host: "h", port: 1)), true, 2),
            (
                "redis-sentinel://a,b:2,[::1]:3/main",
                .sentinels(
                    .init(
                        master: "main",
                        addresses: [
                            .tcp(host: "a", port: 26379), .tcp(host: "b", port: 2), .tcp(host: "::1", port: 3),
                        ])), false, 0
            ),
            (
                "rediss-sentinel://u:p@a:1/m%20x/4",
                .sentinels(.init(master: "m x", addresses: [.tcp(host: "a", port: 1)])), true, 4
            ),
            (
                "redis-cluster://a:1,b", .cluster([.tcp(host: "a", port: 1), .tcp(host: "b", port: 6379)]), false, 0
            ),
            ("rediss-cluster://a/", .cluster([.tcp(host: "a", port: 6379)]), true, 0),
        ] as [(String, RedisConfiguration.Servers, Bool, Int)])
    func urls(url: String, servers: RedisConfiguration.Servers, usesTLS: Bool, database: Int) throws {
        let read = try RedisConfiguration(url: url)
        #expect(read.servers == servers && read.usesTLS == usesTLS && read.database == database)
    }

    @Test(
        "A URL that says too little or too much is refused",
        arguments: [
            "redis://a,b", "redis-sentinel://a", "redis-sentinel://a/", "redis-cluster://a/1", "redis-cluster://",
            "redis-cluster://a,,b", "redis-other://a", "http://a", "redis://a/x", "redis-sentinel://a/m/1/2",
            "redis://a:70000", "unix://relative", "rediss",
        ])
    func wrongURLs(url: String) {
        #expect {
            try RedisConfiguration(url: url)
        } throws: {
            ($0 as? RedisError)?.kind == .invalidAddress
        }
    }
}
