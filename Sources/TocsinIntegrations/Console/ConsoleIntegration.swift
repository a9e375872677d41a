import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Writes notifications to the worker's standard output, a line for each alert: for trying things out.
struct ConsoleIntegration: Integration {
    init?(_ reader: MappingReader) {}

    func request(for notification: Notification, attempt: Int, now: Timestamp) -> DeliveryRequest {
        let head = "\(now.rfc3339Milliseconds) \(notification.tenant)/\(notification.receiver) "
        var text = head + MessageText.title(notification) + "\n"
        for item in notification.alerts {
            let labels = item.alert.labels.labels.map { "\($0.name)=\(GoQuoting.quote($0.value))" }.joined(
                separator: " ")
            text += "  \(item.status.rawValue): \(GoQuoting.quote(MessageText.line(item.alert))) \(labels)\n"
        }
        return DeliveryRequest(destination: .console, url: Secret(""), headers: [], body: Array(text.utf8))
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome { .delivered(vendorID: nil) }
}
