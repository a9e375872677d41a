import Foundation
import Testing
import TocsinCore
import TocsinIntegrations

@Suite("Proxy rules")
struct ProxyRuleTests {
    @Test("exceptions are those of Go's package")
    func exceptions() throws {
        let file = try #require(
            Bundle.module.url(forResource: "Contracts/go-httpproxy/no_proxy", withExtension: "tsv"))
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count > 700)
        for line in lines {
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            let url = try #require(URL(string: parts[1]))
            let host = (url.host ?? "").trimmingCharacters(in: ["[", "]"])
            let port = url.port ?? (url.scheme == "https" ? 443 : 80)
            let isDirect = ProxyExceptions(parts[0]).contains(host: host, port: port)
            #expect(isDirect == (parts[2] == "direct"), "\(line)")
        }
    }

    @Test(
        "an address says kind, host, port and password",
        arguments: [
            ("http://p.test", "http p.test 80 nil"), ("http://p.test:3128/", "http p.test 3128 nil"),
            ("HTTP://u:p%40%3Ass@p.test:1", "http p.test 1 u:p@:ss"), ("http://u@p.test", "http p.test 80 u:"),
            ("http://[::1]:8", "http ::1 8 nil"), ("socks5://s.test", "socks5 s.test 1080 nil"),
            ("socks5h://s.test:9", "socks5 s.test 9 nil"),
        ])
    func address(text: String, expected: String) throws {
        let proxy = try Proxy(text)
        let credentials = proxy.credentials?.reveal() ?? "nil"
        #expect("\(proxy.kind.rawValue) \(proxy.host) \(proxy.port) \(credentials)" == expected)
        #expect(!"\(proxy)".contains("ss"))
    }

    @Test(
        "what is no proxy is told of",
        arguments: [
            ("foo", ProxyError.notAnAddress), ("", .notAnAddress), ("ftp://p", .notAnAddress),
            ("http://", .notAnAddress),
            ("p.test:3128", .notAnAddress), ("https://p.test", .speaksTLS), ("socks5://u:p@s.test", .socksPassword),
        ])
    func refused(text: String, error: ProxyError) {
        #expect(throws: error) { try Proxy(text) }
    }

    @Test("the environment is read as Go reads it: large letters first, addresses without a scheme too")
    func environment() throws {
        let environment = EnvironmentProxies([
            "HTTP_PROXY": "", "http_proxy": "p.test:3128", "HTTPS_PROXY": "http://s.test", "https_proxy": "http://x",
            "no_proxy": ".near.test",
        ])
        let header = DeliveryRequest.Header("A", Secret("b"), isSecret: true)
        let rule = ProxyRule.environment(connectHeaders: [header])
        func proxy(_ scheme: String, _ host: String) throws -> Proxy? {
            try rule.proxy(scheme: scheme, host: host, port: 80, environment: environment)
        }
        #expect(try proxy("http", "a.test")?.port == 3128)
        #expect(try proxy("https", "a.test")?.host == "s.test")
        #expect(try proxy("https", "a.test")?.connectHeaders == [header])
        #expect(try proxy("http", "a.near.test") == nil)
        let bad = EnvironmentProxies(["HTTP_PROXY": "https://p"])
        #expect(throws: ProxyError.speaksTLS) {
            try rule.proxy(scheme: "http", host: "a", port: 80, environment: bad)
        }
    }
}
