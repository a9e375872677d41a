import Hummingbird
public import Logging
public import TocsinConfiguration
public import TocsinCore
import TocsinIdentity

/// What stands at an HTTP door because a file says so: TLS, users, headers, a limit.
///
/// The file is read again for every request and every connection; whether there is TLS, HTTP/2 or a limit is decided when
/// the door is made, as with Prometheus' programs.
public final class WebDoor: Sendable {
    /// What becomes of a request.
    struct Verdict {
        /// The answer, if it is refused.
        var refusal: Response?
        /// What every answer carries.
        var headers: HTTPFields = [:]
    }

    /// What encrypts connections; `nil` if nothing does.
    let secured: SecuredConnections?
    /// Whether they may use HTTP/2.
    let allowsHTTP2: Bool
    private let file: WebFile
    private let rate: RequestRate?
    private let passwords = PasswordCheck()

    /// Whether connections are encrypted.
    public var isTLS: Bool { secured != nil }

    /// Reads a file and looks at everything in it, also at its certificates.
    ///
    /// - Parameters:
    ///   - revocations: A file with the clients' certificates that their authorities have taken back; `nil` for none.
    ///   - clock: Tells when that file is past its next update.
    /// - Throws: ``WebConfigurationError`` if Prometheus' programs would not start with it.
    public init(
        path: String, revocations: String? = nil, clock: any WallClock = SystemClock(), logger: Logger
    ) throws(WebConfigurationError) {
        file = WebFile(path: path, logger: logger)
        let configuration = try file.read()
        for (user, hash) in configuration.users.sorted(by: { $0.key < $1.key }) {
            do throws(PasswordHash.Invalid) { _ = try PasswordHash(hash) } catch {
                throw WebConfigurationError("basic_auth_users: the password of \(user): \(error.message)", in: path)
            }
        }
        allowsHTTP2 = configuration.allowsHTTP2
        rate = configuration.rateLimit.map { RequestRate($0) }
        guard configuration.isTLS else {
            guard revocations == nil else {
                throw WebConfigurationError(
                    "without TLS there are no certificates that client_revocations could be of", in: path)
            }
            secured = nil
            return
        }
        try configuration.checkHTTP2()
        var list: RevocationList?
        if let revocations { list = try RevocationList(path: revocations, clock: clock, logger: logger) }
        let secured = SecuredConnections(
            file: file, allowsHTTP2: configuration.allowsHTTP2, revocations: list, logger: logger)
        _ = try secured.context()
        self.secured = secured
    }

    /// Looks at a request before anybody else does.
    func judge(_ request: Request) async -> Verdict {
        guard let configuration = try? await file.current() else {
            return Verdict(refusal: Self.plain(.internalServerError))
        }
        if let rate, !rate.allows() { return Verdict(refusal: Self.plain(.tooManyRequests)) }
        var verdict = Verdict()
        for (name, value) in configuration.headers {
            if let name = HTTPFields.Element.Name(name) { verdict.headers[name] = value }
        }
        guard !configuration.users.isEmpty else { return verdict }
        do throws(PasswordCheck.TooMany) {
            if let credentials = request.headers[.authorization].flatMap(BasicCredentials.init),
                try await passwords.isUser(credentials, among: configuration.users)
            {
                return verdict
            }
            verdict.refusal = Self.plain(.unauthorized, [.wwwAuthenticate: "Basic"])
        } catch {
            verdict.refusal = Self.plain(.serviceUnavailable, [.retryAfter: "1"])
        }
        return verdict
    }

    /// A refusal in one word, as Go's `http.Error` writes it.
    private static func plain(_ status: HTTPResponse.Status, _ headers: HTTPFields = [:]) -> Response {
        var response = Responses.text(status: status.code, status.reasonPhrase + "\n")
        response.headers[.xContentTypeOptions] = "nosniff"
        for field in headers { response.headers[field.name] = field.value }
        return response
    }
}
