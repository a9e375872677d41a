import Foundation
import TocsinCore
import TocsinIntegrations

/// Where an answer leads, by the rules of Go's `net/http` client, which Alertmanager has: pure.
enum Redirect {
    /// How often one may follow another.
    static let maximumCount = 10

    /// The request that follows from an answer.
    ///
    /// An answer may lead elsewhere on the same host alone, and from TLS to TLS alone: headers and body hold secrets.
    ///
    /// - Returns: `nil` if the answer leads nowhere, or where no request may go.
    static func next(after response: DeliveryResponse, to request: DeliveryRequest) -> DeliveryRequest? {
        guard [301, 302, 303, 307, 308].contains(response.status), request.client.followsRedirects,
            let location = response.header("location"), let base = URL(string: request.url.reveal()),
            let url = URL(string: location, relativeTo: base)?.absoluteURL,
            let from = ServerAddress(base.absoluteString), let to = ServerAddress(url.absoluteString),
            from.host.lowercased() == to.host.lowercased(), to.scheme == "https" || from.scheme == "http"
        else { return nil }
        var next = request
        next.url = Secret(url.absoluteString)
        if response.status < 307 {
            if request.method != "GET", request.method != "HEAD" { next.method = "GET" }
            next.body = []
            next.headers.removeAll { $0.name.lowercased().hasPrefix("content-") }
        }
        return next
    }
}
