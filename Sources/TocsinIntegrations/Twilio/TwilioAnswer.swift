import Foundation
import TocsinCore

/// What Twilio answers: something that was made, a list, or an error with a code of its own.
struct TwilioAnswer: Decodable {
    /// A text message.
    struct Message: Decodable {
        let body: String?
        let created: String?
        let status: String?

        private enum CodingKeys: String, CodingKey {
            case body
            case created = "date_created"
            case status
        }
    }

    let sid: String?
    let code: Int?
    let messages: [Message]?

    init?(_ response: DeliveryResponse) {
        guard let answer = try? JSONDecoder().decode(TwilioAnswer.self, from: Data(response.body)) else { return nil }
        self = answer
    }

    /// What an answer to a new message or call means.
    ///
    /// Source: <https://www.twilio.com/docs/api/errors>.
    static func outcome(of response: DeliveryResponse, now: Timestamp, by integration: some Integration)
        -> DeliveryOutcome
    {
        let answer = TwilioAnswer(response)
        switch (response.status, answer?.code) {
        case (200..<300, _): return .delivered(vendorID: answer?.sid)
        // The sender's queue is full.
        case (400, 21611): return .retry(after: RetryAfter.read(response, now: now), reason: .rateLimited)
        case (400, let code?): return .reject(reason: .status(400, word: "code \(code)"))
        default: return integration.plain(response, now: now, authentication: [401, 403])
        }
    }
}
