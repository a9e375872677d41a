import TocsinCore
import TocsinIntegrations

/// One attempt in one line, without anything of the alert: when, how long, and how it ended.
struct AttemptRecord {
    /// `delivered`, or the reason of the failure.
    let word: String
    /// `<time> <ms>ms <word> [detail]`, without `;`, which separates attempts.
    let text: String

    init(at: Timestamp, took: Duration, outcome: DeliveryOutcome) {
        let detail: String
        switch outcome {
        case .delivered:
            word = "delivered"
            detail = ""
        case .retry(_, let reason), .reject(let reason), .disable(let reason), .reauthenticate(let reason),
            .split(let reason):
            word = reason.code
            detail = reason.detail
        }
        let head = "\(at.rfc3339Milliseconds) \(took.milliseconds)ms \(word)"
        guard !detail.isEmpty else {
            text = head
            return
        }
        text = String((head + " " + detail).map { $0 == ";" || $0.isNewline ? "," : $0 }.prefix(240))
    }
}
