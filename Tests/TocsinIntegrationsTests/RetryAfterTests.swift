import Testing
import TocsinCore

@testable import TocsinIntegrations

@Suite("Retry-After")
struct RetryAfterTests {
    @Test(
        "Seconds and all three forms of a date are read",
        arguments: [
            ("120", 120_000), ("0.5", 500), ("Sun, 06 Nov 1994 08:49:37 GMT", 37_000),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 37_000), ("Sun Nov  6 08:49:37 1994", 37_000),
            ("Sun, 06 Nov 1994 08:00:00 GMT", 0), ("999999999", 86_400_000),
        ])
    func reads(text: String, milliseconds: Int64) throws {
        let now = try #require(Timestamp(rfc3339: "1994-11-06T08:49:00Z".utf8))
        let response = DeliveryResponse(status: 429, headers: [("retry-after", text)], body: [])
        #expect(RetryAfter.read(response, now: now) == .milliseconds(milliseconds))
    }

    @Test("What is neither is not taken for a time", arguments: ["soon", "", "-5", "Sun, 66 Nov 1994 08:49:37 GMT"])
    func refuses(text: String) {
        let response = DeliveryResponse(status: 429, headers: [("retry-after", text)], body: [])
        #expect(RetryAfter.read(response, now: Timestamp(milliseconds: 0)) == nil)
    }
}
