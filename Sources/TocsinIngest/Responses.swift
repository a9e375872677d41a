import Hummingbird
import NIOCore
import TocsinIdentity

/// The answers, made once where they are always the same.
enum Responses {
    /// 200 without a body, as Alertmanager answers.
    static let accepted = Response(status: .ok, headers: [.contentLength: "0"])

    /// The answer that tells a caller of a refusal.
    static func refusal(_ refusal: IngestRefusal) -> Response {
        let body = JSONText.object { text in
            text.member("code", refusal.code)
            text.member("message", refusal.message)
            guard let accepted = refusal.accepted else { return }
            text.member("accepted", accepted)
            text.list("rejected", of: refusal.rejected) { text, rejection in
                text.member("index", rejection.index)
                text.member("reason", rejection.reason)
            }
        }
        var response = json(status: refusal.status, body)
        if let seconds = refusal.retryAfter { response.headers[.retryAfter] = String(seconds) }
        if refusal.status == 401 { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }

    /// An answer with a JSON body.
    static func json(status: Int, _ body: ByteBuffer) -> Response {
        Response(
            status: .init(code: status),
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: body))
    }

    /// An answer with a text body.
    static func text(
        status: Int = 200, _ body: String, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: .init(code: status), headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }
}

extension IngestRefusal {
    init(_ refusal: TenantRefusal) { self.init(refusal.status, refusal.code, refusal.message) }
}
