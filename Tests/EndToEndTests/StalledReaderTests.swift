import Foundation
import NIOCore
import NIOPosix
import Testing
import TocsinTesting

/// Clients that ask for a list and do not read it.
@Suite("Stalled readers", .timeLimit(.minutes(8)))
struct StalledReaderTests {
    @Test("clients that do not read what they asked for lose their places among the lists that are made")
    func places() async throws {
        let deployment = try Deployment(tenants: "acme:\n  receivers: [{name: out, channel_type: console}]\n")
        let redis = try await deployment.startRedis()
        let node = try await deployment.startNode()
        let url = "http://127.0.0.1:\(node.port)/t/acme/api/v2/alerts"
        // More than what the sockets on both sides hold, in many parts.
        let text = String(repeating: "x", count: 700)
        for batch in 0..<20 {
            let alerts = (0..<1000).map {
                #"{"labels":{"alertname":"A","n":"\#(batch)-\#($0)"},"annotations":{"text":"\#(text)"}}"#
            }
            #expect(await HTTP.post(url, "[" + alerts.joined(separator: ",") + "]")?.status == 200)
        }
        try await eventually(deadline: .seconds(120), "all are listed") {
            (await HTTP.get(url)?.body.utf8.count ?? 0) > 16_000_000
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let bootstrap = ClientBootstrap(group: group).channelOption(.autoRead, value: false)
            .channelOption(.socketOption(.so_rcvbuf), value: 4096)
        var stalled: [any Channel] = []
        func stall() async throws {
            let channel = try await bootstrap.connect(host: "127.0.0.1", port: node.port).get()
            let request = "GET /t/acme/api/v2/alerts HTTP/1.1\r\nHost: localhost\r\n\r\n"
            try await channel.writeAndFlush(ByteBuffer(string: request))
            stalled.append(channel)
        }
        for _ in 0..<max(8, ProcessInfo.processInfo.activeProcessorCount) { try await stall() }
        try await eventually(deadline: .seconds(60), "all places are taken") {
            if await HTTP.get(url)?.status == 503 { return true }
            // The place that was asked for here was missing for one of them.
            try await stall()
            return false
        }
        try await eventually(deadline: .seconds(120), "they are free again") { await HTTP.get(url)?.status == 200 }
        for channel in stalled { try? await channel.close() }
        try await group.shutdownGracefully()
        #expect(try await node.process.terminate() == .exit(0))
        try await redis.kill9()
    }
}
