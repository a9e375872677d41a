import Foundation
import TocsinCore

/// Reads what AWS answers: XML from the older services, JSON from the newer ones and from those on the same host.
enum AWSAnswer {
    /// The text of the first element of that name.
    static func element(_ name: String, of text: String) -> String? {
        guard let start = text.firstRange(of: "<\(name)>") else { return nil }
        return String(text[start.upperBound...].prefix { $0 != "<" })
    }

    /// The code of an error, if it is one word; nothing else of an answer is repeated.
    static func code(_ response: DeliveryResponse) -> String {
        let text = response.text
        // `com.amazonaws.events#ThrottlingException`, and some add `:http://...` behind it.
        let members = (try? JSONSerialization.jsonObject(with: Data(response.body))) as? [String: Any]
        let named = (members?["__type"] as? String ?? members?["code"] as? String)
            .flatMap { $0.split(separator: "#").last?.prefix { $0 != ":" } }.map(String.init)
        return word(element("Code", of: text) ?? named ?? response.header("x-amzn-errortype") ?? "")
    }

    /// The text if it is one word that may be shown.
    static func word(_ text: String) -> String {
        let short = text.prefix(64)
        return short.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") }
            ? String(short) : ""
    }

    /// What every service may answer; `nil` for what the service itself must tell.
    ///
    /// Source: <https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html>.
    static func common(_ response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome? {
        guard !(200..<300).contains(response.status) else { return nil }
        let code = code(response)
        let reason = FailureReason("aws_error", detail: code)
        let hint = RetryAfter.read(response, now: now)
        switch code {
        case "Throttling", "Throttled", "ThrottlingException", "ThrottledException", "KMSThrottling",
            "RequestLimitExceeded", "TooManyRequestsException", "KMSThrottlingException":
            return .retry(after: hint, reason: .rateLimited)
        // The clocks differ for a moment, or the request waited too long on its way.
        case "RequestExpired", "RequestTimeTooSkewed", "InternalFailure", "InternalError", "InternalException",
            "ServiceUnavailable":
            return .retry(after: hint, reason: reason)
        case "AccessDenied", "AccessDeniedException", "AuthorizationError", "ExpiredToken", "ExpiredTokenException",
            "IncompleteSignature", "IncompleteSignatureException", "InvalidClientTokenId", "MissingAuthenticationToken",
            "MissingAuthenticationTokenException", "OptInRequired", "SignatureDoesNotMatch",
            "UnrecognizedClientException",
            "InvalidSignatureException":
            return .reauthenticate(reason: reason)
        default: break
        }
        switch response.status {
        case 401, 403: return .reauthenticate(reason: reason)
        case 429: return .retry(after: hint, reason: .rateLimited)
        case 408, 500...599: return .retry(after: hint, reason: .status(response.status))
        case 413: return .split(reason: .status(413))
        default: return .reject(reason: reason)
        }
    }

    /// Whether the keys have ended, so that fresh ones may be taken.
    static func saysExpired(_ response: DeliveryResponse) -> Bool {
        guard response.status == 400 || response.status == 401 || response.status == 403 else { return false }
        return ["ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"]
            .contains(code(response))
    }

    /// By how much the service's clock is ahead, if it says that ours is why it refused.
    ///
    /// - Returns: `nil` if the request was refused for another reason.
    static func clockDifference(_ response: DeliveryResponse, now: Timestamp) -> Duration? {
        let codes = [
            "RequestExpired", "RequestTimeTooSkewed", "SignatureDoesNotMatch", "InvalidSignatureException",
        ]
        guard codes.contains(code(response)), let date = response.header("date").flatMap(RetryAfter.date) else {
            return nil
        }
        let difference = date - now
        // A request holds for five minutes; what differs by less is refused for another reason.
        return difference > .seconds(240) || difference < .seconds(-240) ? difference : nil
    }
}
