import Foundation
import Testing
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@testable import TocsinDispatch

@Suite("Redirects", .timeLimit(.minutes(8)))
struct RedirectTests {
    @Test(
        "on the same host the whole request is sent again, or none",
        arguments: [(301, false), (302, false), (303, false), (307, true), (308, true)])
    func sameHost(status: Int, isFollowed: Bool) async throws {
        try await FakeReceiver.withReceiver { receiver in
            receiver.answer { $0.path == "/new" ? .ok : .status(status, headers: ["Location": "/new"]) }
            try await withTransport { transport in
                let answer = try await transport.send(DeliveryRequest(receiver.url + "/old")).status
                #expect(answer == (isFollowed ? 200 : status), "a page that was fetched is no delivery")
                #expect(receiver.requests.map(\.path) == (isFollowed ? ["/old", "/new"] : ["/old"]))
                #expect(receiver.requests.allSatisfy { $0.method == "POST" && $0.text == "hello" })
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
