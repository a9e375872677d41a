import Dispatch
import Foundation
import Testing
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@testable import TocsinDispatch

/// Where nothing is sent, in all the spellings that lead there.
@Suite("Address guard", .timeLimit(.minutes(8)))
struct AddressGuardTests {
    /// Addresses of each kind that the registries and the clouds name, and their neighbours that are nobody's secret.
    static let refused: [(String, AddressGuard.Range)] =
        [
            "127.0.0.1", "127.0.0.2", "127.1.2.3", "127.255.255.255", "0.0.0.0", "0.1.2.3", "0.255.255.255", "::1",
            "::",
            "::ffff:127.0.0.1", "::ffff:0.0.0.0", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1",
            "64:ff9b::7f00:1", "2002:7f00:1::", "2002:7f00:1::1", "2001:0:0:0:0:0:80ff:fffe", "fe80::5efe:127.0.0.1",
            "2600::5efe:7f00:1", "2600::200:5efe:127.0.0.1",
        ].map { ($0, .loopback) }
        + [
            "10.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.0", "100.64.0.1", "100.127.255.255", "172.16.0.0",
            "172.16.5.4", "172.31.255.255", "192.168.0.0", "192.168.1.1", "192.168.255.255", "fc00::", "fc00::1",
            "fd00::1", "fdff:ffff::1", "fec0::1", "feff::1", "::ffff:10.0.0.1", "::ffff:192.168.1.1", "::ffff:a00:1",
            "::10.1.2.3", "::ffff:0:172.16.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a00:1", "64:ff9b::192.168.0.1",
            "64:ff9b:1::1.2.3.4", "64:ff9b:1:ffff::8.8.8.8", "2002:a00:1::", "2002:c0a8:101::1", "2002:ac10:1::5",
            "2001::f5ff:fffe", "2600::5efe:10.0.0.1", "2a00:1450::200:5efe:192.168.0.1",
        ].map { ($0, .privateNetwork) }
        + [
            "169.254.0.1", "169.254.255.255", "169.254.1.1", "fe80::1", "fe80::dead:beef", "febf::1",
            "::ffff:169.254.1.1", "64:ff9b::169.254.9.9", "2002:a9fe:101::",
        ].map { ($0, .linkLocal) }
        + [
            "169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254",
            "fd20:ce::254", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::169.254.169.254",
            "64:ff9b::169.254.169.254",
            "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "2001:0:0:0:0:0:5601:5601", "2600::5efe:169.254.169.254",
            "::ffff:168.63.129.16", "::ffff:100.100.100.200", "::ffff:0:169.254.169.254",
        ].map { ($0, .metadata) }
        + [
            "224.0.0.1", "224.0.0.251", "239.255.255.250", "ff02::1", "ff00::", "ff05::2", "ffff::1",
            "::ffff:224.0.0.1",
            "64:ff9b::224.0.0.1",
        ].map { ($0, .multicast) }
        + [
            "192.0.0.1", "192.0.0.255", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.7",
            "203.0.113.9", "240.0.0.1", "254.1.1.1", "255.255.255.255", "2001:db8::1", "2001:0db8:ffff::", "3fff::1",
            "2001:2::1", "2001:10::1", "2001:20::1", "2001:1::1", "::8.8.8.8", "::ffff:0:8.8.8.8", "100::1", "5f00::1",
            "4000::1", "8000::1", "e000::1", "200::1", "400::1", "1000::1", "1fff::1", "::ffff:203.0.113.1",
            "64:ff9b::198.18.0.1", "2001::f7f7:f7f7", "::ffff:255.255.255.255",
        ].map { ($0, .reserved) }

    static let welcome = [
        "8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0",
        "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.15",
        "2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
        "2002:808:808::1", "2001:200::1", "2600::5efe:8.8.8.8",
    ]

    /// Hosts as tenants may write them, which the system's resolver takes for one of those addresses.
    static let spellings = [
        "127.1", "127.0.1", "0", "0x0", "00", "0x7f.1", "0x7f.0.0.1", "0x7f000001", "0X7F000001", "2130706433",
        "017700000001",
        "0177.0.0.1", "0177.0.0.01", "0177.1", "127.0.0.01", "127.000.000.001", "0x7f.0x0.0x0.0x1", "127.0x1",
        "2852039166", "0xa9fea9fe", "0xA9.0xFE.0xA9.0xFE", "025177524776", "169.254.43518", "169.16689662",
        "0251.0376.0251.0376",
        "10.1", "0xa.1", "012.1", "167772161", "0x0a000001", "192.168.257", "0xc0a80101", "3232235777", "0300.0250.1.1",
        "172.16.1", "0xac100001", "localhost", "LOCALHOST", "localhost.", "ip6-localhost", "fe80::1%lo", "fe80::1%1",
        "::1%lo",
        "0:0:0:0:0:0:0:1", "0000:0000:0000:0000:0000:0000:0000:0001", "0:0:0:0:0:ffff:7f00:0001", "::FFFF:127.0.0.1",
        "0:0:0:0:0:FFFF:10.0.0.1", "::ffff:7f00:1", "FD00:EC2::254", "fd00:0ec2:0:0:0:0:0:0254", "0064:ff9b::7f00:0001",
    ]

    /// Whole addresses, in which it takes a parser to find the host.
    static let addresses = [
        "http://127.0.0.1/", "http://127.0.0.1:80/", "https://127.0.0.1:8443/x?y#z", "http://user@127.0.0.1/",
        "http://hooks.example@127.0.0.1/", "http://hooks.example:443@127.0.0.1:6379/", "HTTP://127.0.0.1/",
        "http://[::1]/", "http://[::1]:6379/", "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:a9fe:a9fe]/latest/meta-data/",
        "http://[0:0:0:0:0:ffff:169.254.169.254]/", "http://169.254.169.254/latest/meta-data/", "http://2130706433/",
        "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://0/", "http://localhost/",
        "http://LocalHost:22/",
        "http://localhost./", "http://[fe80::1%25lo]/", "http://169.254.169.254:80/", "http://0xa9fea9fe/",
        "http://2852039166/computeMetadata/v1/", "http://100.100.100.200/", "http://[fd00:ec2::254]/",
        "http://10.0.0.1/",
        "http://192.168.1.1/", "http://172.16.0.1:2375/containers/json", "http://127.0.0.1?@hooks.example/",
        "http://127.0.0.1#@hooks.example/", "http://127.0.0.1/@hooks.example/", "http://%31%32%37.0.0.1/",
        "http://127.0.0.1.:80/",
        "unix:///var/run/docker.sock", "http+unix://%2Fvar%2Frun%2Fdocker.sock/x", "https+unix://%2Ftmp%2Fx/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_x", "dict://127.0.0.1/", "ftp://127.0.0.1/", "//127.0.0.1/", "127.0.0.1", "",
        "http://",
        "http:///x", "http:127.0.0.1", "javascript:alert(1)", "data:text/plain,x",
    ]

    @Test("each address is what the registries say")
    func addresses() throws {
        let rule = AddressGuard()
        for (text, range) in Self.refused {
            #expect(rule.refusal(of: try #require(IPAddress(text), "\(text)")) == range, "\(text)")
        }
        for text in Self.welcome {
            #expect(rule.refusal(of: try #require(IPAddress(text), "\(text)")) == nil, "\(text)")
        }
        #expect(Self.refused.count + Self.spellings.count + Self.addresses.count >= 200)
    }

    @Test("a host leads nowhere that is refused, however it is written", arguments: spellings)
    func spelling(host: String) async throws {
        let names = GuardedNames(AddressGuard())
        do {
            try await names.check(host)
            Issue.record("\(host) is let through")
        } catch { #expect(["address_refused", "connect_failed"].contains(error.reason.code), "\(host)") }
    }

    @Test("no request is sent for an address that leads there")
    func whole() async throws {
        try await FakeReceiver.withReceiver { receiver in
            try await withTransport(names: GuardedNames(AddressGuard())) { transport in
                let here =
                    Self.addresses + ["http://127.0.0.1:\(receiver.port)/", "http://localhost:\(receiver.port)/"]
                for address in here {
                    let failure = await transport.failure(DeliveryRequest(address))
                    let code = failure?.reason.code ?? "sent"
                    #expect(
                        ["address_refused", "address_invalid", "connect_failed"].contains(code), "\(address): \(code)")
                    #expect(failure?.mayHaveArrived == false, "\(address)")
                }
            }
            #expect(receiver.connectionCount == 0)
        }
    }

    @Test("a name that leads elsewhere after it was looked at gets no request")
    func rebinding() async throws {
        try await FakeReceiver.withReceiver { receiver in
            let other = try #require(IPAddress("8.8.8.8"))
            try await withTransport(names: GuardedNames(AddressGuard(), resolve: { _ in [other] })) { transport in
                let failure = await transport.failure(DeliveryRequest("http://localhost:\(receiver.port)/"))
                #expect(failure?.reason.code == "address_refused" && failure?.mayHaveArrived == false)
            }
            #expect(receiver.requests.isEmpty)
        }
    }

    @Test("a resolver that hangs holds up nobody else, and lets nobody through")
    func hangingResolver() async throws {
        let release = DispatchSemaphore(value: 0)
        defer { for _ in 0..<64 { release.signal() } }
        let names = GuardedNames(
            AddressGuard(),
            resolve: { host in
                guard host == "good.test" else {
                    release.wait()
                    return []
                }
                return [IPAddress("8.8.8.8")].compactMap { $0 }
            })
        try await FakeReceiver.withReceiver { receiver in
            try await withTransport(names: names) { transport in
                async let stuck = transport.failure(DeliveryRequest("http://localhost:\(receiver.port)/"))
                try await names.check("good.test")
                #expect(await stuck?.reason.code == "address_refused", "by the connection")
                let start = ContinuousClock.now
                // More names than may be asked for at once: those above it wait for nothing.
                await withDiscardingTaskGroup { group in
                    for number in 0..<48 { group.addTask { try? await names.check("dead\(number).test") } }
                }
                #expect(ContinuousClock.now - start < NameLookup.patience * 10, "they wait at once and not in turn")
                try await names.check("good.test")
            }
            #expect(receiver.requests.isEmpty)
        }
    }

    @Test("of a name's addresses one that is refused is enough")
    func several() async throws {
        let answers = try ["8.8.8.8", "10.0.0.1"].map { try #require(IPAddress($0)) }
        let names = GuardedNames(AddressGuard(), resolve: { _ in answers })
        await #expect(throws: TransportFailure.self) { try await names.check("hooks.example") }
    }

    @Test("what the operator allows is let through, and metadata only by an entry of its own")
    func allowed() throws {
        func allows(_ networks: String..., address: String) throws -> Bool {
            let rule = AddressGuard(allowed: try networks.map { try #require(IPNetwork($0), "\($0)") })
            return rule.refusal(of: try #require(IPAddress(address))) == nil
        }
        #expect(try allows("10.0.0.0/8", address: "10.1.2.3"))
        #expect(try allows("10.0.0.0/8", address: "::ffff:10.1.2.3"))
        #expect(try !allows("10.0.0.0/9", address: "10.128.0.1"))
        #expect(try allows("fd00::/8", address: "fd12::1"))
        #expect(try !allows("10.0.0.0/8", "fd00::/8", address: "192.168.0.1"))
        #expect(try !allows("0.0.0.0/0", "::/0", address: "169.254.169.254"))
        #expect(try !allows("0.0.0.0/0", "::/0", address: "fd00:ec2::254"))
        #expect(try allows("169.254.169.254", address: "169.254.169.254"))
        for text in [
            "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "x", "", "1.2.3/8", "::/129", "10.0.0.0/-1",
        ] {
            #expect(IPNetwork(text) == nil, "\(text)")
        }
    }

    @Test("the platform's own service is asked wherever it is, and what it answers leads nowhere else")
    func platform() async throws {
        try await FakeReceiver.withReceiver { receiver in
            try await withTransport(names: GuardedNames(AddressGuard())) { transport in
                let request = DeliveryRequest(receiver.url) { $0.client.asksPlatform = true }
                let status = try await transport.send(request).status
                #expect(status == 200)
                #expect(await transport.failure(DeliveryRequest(receiver.url))?.reason.code == "address_refused")
            }
        }
    }

    @Test("a proxy that a receiver names is looked at like a receiver, one of the environment is not")
    func proxies() async throws {
        try await FakeProxy.withProxy(hosts: ["hooks.example": "127.0.0.1"]) { proxy in
            let address = "http://127.0.0.1:\(proxy.port)"
            try await withTransport(
                environment: ["HTTP_PROXY": address], names: GuardedNames(AddressGuard())
            ) { transport in
                let way = try Proxy(address)
                let own = DeliveryRequest("http://hooks.example/") { $0.client.proxy = .always(way) }
                #expect(await transport.failure(own)?.reason.code == "address_refused")
                let literal = DeliveryRequest("http://10.0.0.1/") {
                    $0.client.proxy = .environment(connectHeaders: [])
                }
                #expect(await transport.failure(literal)?.reason.code == "address_refused")
                let usual = DeliveryRequest("http://hooks.example:1/") {
                    $0.client.proxy = .environment(connectHeaders: [])
                }
                #expect(await transport.failure(usual)?.reason.code != "address_refused")
            }
            #expect(proxy.requests.count == 1)
        }
    }
}
