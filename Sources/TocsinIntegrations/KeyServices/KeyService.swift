public import TocsinConfiguration
public import TocsinCore

/// A service that keeps a key which never leaves it, and wraps other keys by it: what it is asked, and what its answers mean.
public protocol KeyService: Sendable {
    /// Asks for a new key of 32 bytes, wrapped.
    func newKey(now: Timestamp) throws -> DeliveryRequest
    /// Asks for what is wrapped.
    ///
    /// - Parameter byAnyKey: Whether another key of the service may have wrapped it: an earlier one, before it is wrapped anew.
    func unwrapping(_ wrapped: String, byAnyKey: Bool, now: Timestamp) throws -> DeliveryRequest
    /// Asks for the same, wrapped by the newest version of the service's key.
    func rewrapping(_ wrapped: String, now: Timestamp) throws -> DeliveryRequest
    /// The wrapped key that an answer has.
    func wrapped(in response: DeliveryResponse) -> Result<String, KeyServiceFailure>
    /// The key that an answer has.
    func key(in response: DeliveryResponse) -> Result<[UInt8], KeyServiceFailure>
}

/// Why a key service has not done what it was asked.
public struct KeyServiceFailure: CodedError, Hashable {
    /// A word for scripts.
    public let code: String
    /// A sentence for people.
    public let message: String
    /// Whether it may work in a moment.
    public let isPassing: Bool

    /// A failure.
    public init(code: String, message: String, isPassing: Bool) {
        self.code = code
        self.message = message
        self.isPassing = isPassing
    }

    /// What follows from an answer that is none of success.
    static func answered(_ status: Int, _ detail: String, by service: String) -> KeyServiceFailure {
        let words = detail.isEmpty ? "" : " (\(detail))"
        switch status {
        case 401, 403:
            return KeyServiceFailure(
                code: "root_key_service_forbids",
                message: "\(service) does not let this process use the key\(words): see what its token or role may do",
                isPassing: false)
        case 408, 429, 500...599:
            return KeyServiceFailure(
                code: "root_key_service_busy", message: "\(service) answers \(status)\(words)", isPassing: true)
        default:
            return KeyServiceFailure(
                code: "root_key_service_refuses",
                message:
                    "\(service) answers \(status)\(words): the key is not there, or what is wrapped is not of this key",
                isPassing: false)
        }
    }

    static func malformed(_ service: String) -> KeyServiceFailure {
        KeyServiceFailure(
            code: "root_key_service_unknown_answer", message: "\(service) answers in a form that is not known here",
            isPassing: false)
    }
}

/// The key services that there are.
public enum KeyServices {
    /// Reads the settings of a service; what is wrong is reported.
    public static func make(
        _ configuration: KeyServiceConfiguration, issues: IssueCollector, environment: SecretSource
    ) -> (any KeyService)? {
        let reader = MappingReader(
            configuration.settings, path: configuration.path, issues: issues, environment: environment)
        // Read by whoever keeps the file.
        _ = reader.string("wrapped_file")
        return switch configuration.kind {
        case .transit: TransitKeyService(reader)
        case .awsKMS: AWSKeyService(reader)
        }
    }
}
