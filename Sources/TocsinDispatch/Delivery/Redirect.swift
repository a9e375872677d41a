import Foundation
import TocsinCore
import TocsinIntegrations

/// Where an answer leads: pure.
///
/// Unlike Go's client, which Alertmanager has, a request with a body is not followed by one without: 301, 302 and 303 would
/// turn it into a GET, and the page that this finds, a login form perhaps, would count as the notification's delivery.
enum Redirect {
    /// How often one may follow another.
    static let maximumCount = 10

    /// The request that follows from an answer.
    ///
    /// An answer may lead elsewhere on the same host alone, and from TLS to TLS alone: headers and body hold secrets.
    ///
    /// - Returns: `nil` if the answer leads nowhere, or where the request may not go.
    static func next(after response: DeliveryResponse, to request: DeliveryRequest) -> DeliveryRequest? {
        guard [301, 302, 303, 307, 308].contains(response.status), request.client.followsRedirects,
            let location = response.header("location"), let base = URL(string: request.url.reveal()),
            let url = URL(string: location, relativeTo: base)?.absoluteURL,
            let from = ServerAddress(base.absoluteString), let to = ServerAddress(url.absoluteString),
            from.host.lowercased() == to.host.lowercased(), to.scheme == "https" || from.scheme == "http",
            response.status >= 307 || request.method == "GET" || request.method == "HEAD"
        else { return nil }
        var next = request
        next.url = Secret(url.absoluteString)
        return next
    }
}
