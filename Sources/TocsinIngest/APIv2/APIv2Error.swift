import Hummingbird
import TocsinAlerts
import TocsinCore

/// A refusal in the shape in which Alertmanager's API tells of it, because its clients read no other.
///
/// What the server behind the API refuses is a JSON text with status 400, 404 or 500; what does not fit the API's
/// description is an object with a number, as the go-openapi runtime makes it.
enum APIv2Error: Error, Equatable {
    /// The server's own words, as a JSON text.
    case words(status: Int, String)
    /// A request that does not fit the description: the runtime's number and words.
    case shape(status: Int, code: Int, String)

    static func badRequest(_ words: String) -> APIv2Error { .words(status: 400, words) }

    static func missing(_ name: String, in place: String) -> APIv2Error {
        .shape(status: 422, code: 602, "\(name) in \(place) is required")
    }

    static func notOfType(_ name: String, in place: String, type: String, value: String) -> APIv2Error {
        .shape(status: 422, code: 601, "\(name) in \(place) must be of type \(type): \(GoQuoting.quote(value))")
    }

    static func unreadable(_ name: String, because reason: String) -> APIv2Error {
        .shape(status: 400, code: 400, "parsing \(name) body from \"\" failed, because \(reason)")
    }

    static func pathUnknown(_ path: String) -> APIv2Error {
        .shape(status: 404, code: 404, "path \(path) was not found")
    }

    static func typeUnsupported(_ type: String) -> APIv2Error {
        .shape(
            status: 415, code: 415,
            "unsupported media type \(GoQuoting.quote(type)), only [application/json] are allowed")
    }

    /// A refusal of ours as Alertmanager would word it; `nil` for one that it does not know, such as a full queue.
    init?(_ refusal: IngestRefusal, _ match: RouteMatch, method: HTTPRequest.Method, path: String) {
        switch refusal.status {
        case 404 where refusal.code == IngestRefusal.pathUnknown.code: self = .pathUnknown(path)
        case 405:
            let allowed = match.route.allowed.replacing(" ", with: "")
            self = .shape(
                status: 405, code: 405, "method \(method.rawValue) is not allowed, but [\(allowed)] are")
        case 400 where refusal.code == "alerts_rejected":
            self = .words(status: 400, refusal.rejected.map(\.reason).joined(separator: "; "))
        case 400: self = .unreadable("alerts", because: refusal.message)
        default: return nil
        }
    }

    /// The answer that tells of it.
    var response: Response {
        var writer = JSONWriter()
        let answered: Int
        switch self {
        case .words(let status, let words):
            answered = status
            writer.value(words)
        case .shape(let status, let code, let words):
            answered = status
            writer.object { writer in
                writer.member("code", code)
                writer.member("message", words)
            }
        }
        return Responses.json(status: answered, ByteBuffer(bytes: writer.bytes))
    }
}
