import Foundation
import Testing
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@testable import TocsinDispatch

@Suite("Proxies", .timeLimit(.minutes(8)))
struct ProxyTests {
    @Test("a server without TLS is asked for by its whole address, with the proxy's password")
    func forwards() async throws {
        try await FakeReceiver.withReceiver { receiver in
            try await FakeProxy.withProxy(credentials: "me:p@ss", hosts: ["alerts.test": "127.0.0.1"]) { proxy in
                try await withTransport { transport in
                    let request = try DeliveryRequest("http://alerts.test:\(receiver.port)/a%20b?c=d") {
                        $0.client.proxy = .always(try Proxy("http://me:p%40ss@127.0.0.1:\(proxy.port)"))
                    }
                    for _ in 0..<2 {
                        let status = try await transport.send(request).status
                        #expect(status == 200)
                    }
                    #expect(proxy.requests.map(\.target) == Array(repeating: request.url.reveal(), count: 2))
                    #expect(proxy.requests.allSatisfy { $0.method == "POST" })
                    let got = receiver.requests
                    #expect(got.first?.header("host") == "alerts.test:\(receiver.port)")
                    #expect(got.first?.text == "hello")
                    #expect(got.first?.header("proxy-authorization") == nil)
                }
            }
        }
    }

    @Test("a server with TLS is reached through a tunnel, whose request has its own headers")
    func tunnels() async throws {
        let certificates = try TestCertificates(names: ["DNS:alerts.test"])
        try await FakeReceiver.withReceiver(tls: .init(certificates: certificates)) { receiver in
            try await FakeProxy.withProxy(credentials: "me:pass", hosts: ["alerts.test": "127.0.0.1"]) { proxy in
                try await withTransport(trusting: certificates.authorityFile) { transport in
                    var way = try Proxy("http://me:pass@127.0.0.1:\(proxy.port)")
                    way.connectHeaders = [.init("X-Team", Secret("blue"), isSecret: true)]
                    let request = DeliveryRequest("https://alerts.test:\(receiver.port)/") {
                        $0.client.proxy = .always(way)
                    }
                    let status = try await transport.send(request).status
                    #expect(status == 200)
                    #expect(proxy.requests.map(\.method) == ["CONNECT"])
                    #expect(proxy.requests.map(\.target) == ["alerts.test:\(receiver.port)"])
                    #expect(proxy.requests.first?.headers["x-team"] == "blue")
                    #expect(receiver.requests.first?.header("x-team") == nil)
                    #expect(receiver.requests.first?.header("host") == "alerts.test:\(receiver.port)")
                }
            }
        }
    }

    @Test("a proxy that wants another password is told of as that")
    func refuses() async throws {
        try await FakeProxy.withProxy(credentials: "me:pass") { proxy in
            try await withTransport { transport in
                let way = try Proxy("http://127.0.0.1:\(proxy.port)")
                let request = DeliveryRequest("https://alerts.test/") { $0.client.proxy = .always(way) }
                #expect(await transport.failure(request)?.reason.code == "proxy_refused")
                let plain = DeliveryRequest("http://alerts.test/") { $0.client.proxy = .always(way) }
                let status = try await transport.send(plain).status
                #expect(status == 407)
            }
        }
    }

    @Test("SOCKS 5 is told the name of the server", arguments: ["http", "https"])
    func socks(scheme: String) async throws {
        let certificates = try TestCertificates(names: ["DNS:alerts.test"])
        let tls = try scheme == "https" ? FakeReceiver.TLS(certificates: certificates) : nil
        try await FakeReceiver.withReceiver(tls: tls) { receiver in
            try await FakeProxy.withProxy(hosts: ["alerts.test": "127.0.0.1"]) { proxy in
                try await withTransport(trusting: certificates.authorityFile) { transport in
                    let request = try DeliveryRequest("\(scheme)://alerts.test:\(receiver.port)/") {
                        $0.client.proxy = .always(try Proxy("socks5://127.0.0.1:\(proxy.port)"))
                    }
                    let status = try await transport.send(request).status
                    #expect(status == 200)
                    #expect(proxy.requests.map(\.target) == ["alerts.test:\(receiver.port)"])
                }
            }
        }
    }

    @Test("the environment's proxies count only where a receiver asks for them, and never for this machine")
    func environment() async throws {
        try await FakeReceiver.withReceiver { receiver in
            try await FakeProxy.withProxy(hosts: ["alerts.test": "127.0.0.1", "near.test": "127.0.0.1"]) { proxy in
                let environment = ["http_proxy": "127.0.0.1:\(proxy.port)", "NO_PROXY": "near.test"]
                try await withTransport(environment: environment) { transport in
                    func send(_ url: String, _ rule: ProxyRule) async throws -> Int {
                        let request = DeliveryRequest(url) { $0.client.proxy = rule }
                        return try await transport.send(request).status
                    }
                    let rule = ProxyRule.environment(connectHeaders: [])
                    let far = try await send("http://alerts.test:\(receiver.port)/", rule)
                    #expect(far == 200)
                    #expect(proxy.requests.count == 1)
                    let local = try await send("http://127.0.0.1:\(receiver.port)/", rule)
                    #expect(local == 200)
                    let unasked = try await send("http://127.0.0.1:\(receiver.port)/", .direct)
                    #expect(unasked == 200)
                    #expect(proxy.requests.count == 1)
                    let near = DeliveryRequest("http://near.test:\(receiver.port)/") { $0.client.proxy = rule }
                    #expect(await transport.failure(near) != nil)
                    #expect(proxy.requests.count == 1)
                }
            }
        }
    }

    @Test("a proxy that cannot be used is never gone around")
    func unusable() async throws {
        try await FakeReceiver.withReceiver { receiver in
            try await withTransport(environment: ["HTTP_PROXY": "https://p:1"]) { transport in
                let request = DeliveryRequest("http://alerts.test:\(receiver.port)/") {
                    $0.client.proxy = .environment(connectHeaders: [])
                }
                let failure = await transport.failure(request)
                #expect(failure?.reason.code == "proxy_refused")
                #expect(receiver.requests.isEmpty)
            }
        }
    }
}
