import Foundation
import Hummingbird

/// Lets pages of other origins ask the API, as Alertmanager does: without credentials, by the methods that forms have too.
///
/// The rules are those of `rs/cors` with its defaults, which Alertmanager uses (https://fetch.spec.whatwg.org/#http-cors-protocol).
enum CrossOrigin {
    private static let headers: Set<String> = ["origin", "accept", "content-type", "x-requested-with"]

    /// The answer to a browser's question whether a page may send a request; `nil` if this is no such question.
    static func preflight(_ request: Request) -> Response? {
        guard request.method == .options, let method = request.headers[.accessControlRequestMethod], !method.isEmpty
        else { return nil }
        var response = Responses.accepted
        for name in ["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"] {
            response.headers.append(HTTPFields.Element(name: .vary, value: name))
        }
        let asked = (request.headers[.accessControlRequestHeaders] ?? "").split { $0 == "," || $0 == " " }
        guard request.headers[.origin]?.isEmpty == false, allows(method.uppercased()),
            asked.allSatisfy({ headers.contains($0.lowercased()) })
        else { return response }
        response.headers[.accessControlAllowOrigin] = "*"
        response.headers[.accessControlAllowMethods] = method.uppercased()
        if !asked.isEmpty {
            response.headers[.accessControlAllowHeaders] = asked.map(canonical).joined(separator: ", ")
        }
        return response
    }

    /// What an answer says about who may read it.
    static func mark(_ response: inout Response, to request: Request) {
        response.headers.append(HTTPFields.Element(name: .vary, value: "Origin"))
        guard request.headers[.origin]?.isEmpty == false, allows(request.method.rawValue) else { return }
        response.headers[.accessControlAllowOrigin] = "*"
    }

    private static func allows(_ method: String) -> Bool { ["GET", "POST", "HEAD", "OPTIONS"].contains(method) }

    /// As the answer writes a header's name: `Content-Type`.
    private static func canonical(_ name: Substring) -> String {
        name.split(separator: "-", omittingEmptySubsequences: false).map { $0.capitalized }.joined(separator: "-")
    }
}
