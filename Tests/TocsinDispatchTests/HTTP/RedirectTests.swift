import Foundation
import Testing
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@testable import TocsinDispatch

@Suite("Redirects", .timeLimit(.minutes(1)))
struct RedirectTests {
    @Test(
        "on the same host the method is Go's: 307 and 308 keep it",
        arguments: [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
    func sameHost(status: Int, method: String) async throws {
        try await FakeReceiver.withReceiver { receiver in
            receiver.answer { $0.path == "/new" ? .ok : .status(status, headers: ["Location": "/new"]) }
            try await withTransport { transport in
                let status = try await transport.send(DeliveryRequest(receiver.url + "/old")).status
                #expect(status == 200)
                let last = try #require(receiver.requests.last)
                #expect(receiver.requests.count == 2)
                #expect(last.method == method)
                #expect(last.text == (method == "POST" ? "hello" : ""))
                #expect((last.header("content-type") == nil) == (method == "GET"))
            }
        }
    }

    @Test("none is followed to another host, from TLS to none, or where the receiver forbids it")
    func refused() async throws {
        try await FakeReceiver.withReceiver { other in
            let otherURL = other.url.replacing("127.0.0.1", with: "localhost")
            try await FakeReceiver.withReceiver { receiver in
                receiver.answer { _ in .status(307, headers: ["Location": otherURL + "/steal"]) }
                try await withTransport { transport in
                    let elsewhere = try await transport.send(DeliveryRequest(receiver.url)).status
                    #expect(elsewhere == 307)
                    receiver.answer { _ in .status(307, headers: ["Location": "/again"]) }
                    let forbidden = DeliveryRequest(receiver.url) { $0.client.followsRedirects = false }
                    let stopped = try await transport.send(forbidden).status
                    #expect(stopped == 307)
                    #expect(other.requests.isEmpty)
                    #expect(receiver.requests.count == 2)
                }
            }
        }
        let down = DeliveryResponse(status: 307, headers: [("location", "http://a.test/")], body: [])
        #expect(Redirect.next(after: down, to: DeliveryRequest("https://a.test/")) == nil)
        let up = DeliveryResponse(status: 307, headers: [("location", "https://A.test/x")], body: [])
        #expect(Redirect.next(after: up, to: DeliveryRequest("http://a.test/"))?.url.reveal() == "https://A.test/x")
    }

    @Test("a circle ends after ten")
    func circle() async throws {
        try await FakeReceiver.withReceiver { receiver in
            receiver.answer { _ in .status(308, headers: ["Location": "/again"]) }
            try await withTransport { transport in
                #expect(await transport.failure(DeliveryRequest(receiver.url))?.reason == .tooManyRedirects)
                #expect(receiver.requests.count == 11)
            }
        }
    }
}
