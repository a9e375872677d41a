import TocsinConfiguration
import TocsinCore

/// How AWS is asked: the settings that Alertmanager calls `sigv4`.
///
/// Without keys, a profile or a role it is done as AWS' own libraries do: by the environment's keys, an identity token
/// (`AWS_WEB_IDENTITY_TOKEN_FILE`), the container's or pod's role, or the machine's.
///
/// Sources: `prometheus/common`, `sigv4/sigv4_config.go`;
/// <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>.
struct AWSSettings: Sendable {
    let region: String
    private let source: AWSKeySource
    private let service: String?

    /// Reads the settings; what is wrong is reported.
    init?(_ reader: MappingReader) {
        defer { reader.finish() }
        if reader.node("tags") != nil {
            reader.report("setting_unsupported", "'tags' of a session are not supported", name: "tags")
        }
        service = reader.string("service_name").flatMap { $0.isEmpty ? nil : $0 }
        let isFIPS = reader.bool("use_fips_sts_endpoint") ?? false
        let keys = AWSSettings.keys(reader)
        let role = AWSSettings.role(reader)
        let named = reader.string("region").flatMap { $0.isEmpty ? nil : $0 }
        let variable = reader.variable("AWS_REGION") ?? reader.variable("AWS_DEFAULT_REGION")
        guard let region = named ?? variable?.reveal() else {
            reader.report("setting_missing", "'region' is missing, and AWS_REGION is not set")
            return nil
        }
        guard !region.isEmpty,
            region.utf8.allSatisfy({ $0 == 0x2D || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) })
        else {
            reader.report("value_invalid", "'region' is a name such as eu-central-1", name: "region")
            return nil
        }
        self.region = region
        let address = reader.variable("AWS_ENDPOINT_URL_STS") ?? reader.variable("AWS_ENDPOINT_URL")
        let sts = address?.reveal() ?? AWSSettings.address(isFIPS ? "sts-fips" : "sts", region)
        guard let base = keys ?? AWSSettings.found(reader, sts: sts) else { return nil }
        source = role.map { .role($0, by: base, sts: sts, region: region) } ?? base
    }

    /// Where a service is in the region.
    func address(_ service: String) -> String { AWSSettings.address(service, region) }

    private static func address(_ service: String, _ region: String) -> String {
        "https://\(service).\(region).amazonaws.com" + (region.hasPrefix("cn-") ? ".cn" : "") + "/"
    }

    /// Signs a request, or has it signed when the keys are there.
    ///
    /// - Parameters:
    ///   - service: The name that it is signed for.
    ///   - ahead: By how much the service's clock is ahead of ours.
    func authorize(_ request: inout DeliveryRequest, for service: String, now: Timestamp, ahead: Duration = .zero) {
        let service = self.service ?? service
        // An answer that leads elsewhere would need another signature.
        request.client.followsRedirects = false
        if case .fixed(let keys) = source {
            AWSSignature(keys: keys, region: region, service: service).sign(&request, now: now + ahead)
        } else {
            request.credential = AWSCredential(
                source: source, region: region, service: service, clockDifference: ahead)
        }
    }

    /// What is written into the settings themselves: keys, or the name of a profile.
    private static func keys(_ reader: MappingReader) -> AWSKeySource? {
        let accessKey = reader.string("access_key").flatMap { $0.isEmpty ? nil : $0 }
        let secretKey = reader.secretOrFile("secret_key")
        let token = reader.secretOrFile("session_token")
        let profile = reader.string("profile").flatMap { $0.isEmpty ? nil : $0 }
        if (accessKey == nil) != (secretKey == nil) {
            reader.report(
                "setting_missing",
                "'access_key' and 'secret_key' go together: give both, or none to use the environment's",
                name: accessKey == nil ? "secret_key" : "access_key")
        }
        if let accessKey, let secretKey {
            return .fixed(AWSKeys(accessKey: accessKey, secretKey: secretKey, sessionToken: token))
        }
        return profile.flatMap { AWSProfile.keys($0, reader) }.map(AWSKeySource.fixed)
    }

    private static func role(_ reader: MappingReader) -> AWSRole? {
        let session = reader.string("session_name").flatMap { $0.isEmpty ? nil : $0 } ?? "tocsin"
        let externalID = reader.string("external_id").flatMap { $0.isEmpty ? nil : $0 }
        guard let arn = reader.string("role_arn"), !arn.isEmpty else { return nil }
        return AWSRole(arn: arn, session: session, externalID: externalID)
    }

    /// What the environment offers, in the order of AWS' own libraries.
    private static func found(_ reader: MappingReader, sts: String) -> AWSKeySource? {
        if reader.string("profile")?.isEmpty == false { return nil }
        if let accessKey = reader.variable("AWS_ACCESS_KEY_ID"),
            let secretKey = reader.variable("AWS_SECRET_ACCESS_KEY")
        {
            let token = reader.variable("AWS_SESSION_TOKEN")
            return .fixed(AWSKeys(accessKey: accessKey.reveal(), secretKey: secretKey, sessionToken: token))
        }
        if let profile = reader.variable("AWS_PROFILE") {
            return AWSProfile.keys(profile.reveal(), reader).map(AWSKeySource.fixed)
        }
        if let file = reader.variable("AWS_WEB_IDENTITY_TOKEN_FILE"), let arn = reader.variable("AWS_ROLE_ARN") {
            let session = reader.variable("AWS_ROLE_SESSION_NAME")?.reveal() ?? "tocsin"
            return .webIdentity(
                AWSRole(arn: arn.reveal(), session: session), token: .file(file.reveal()), sts: sts)
        }
        let relative = reader.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        if let url = relative.map({ Secret("http://169.254.170.2" + $0.reveal()) })
            ?? reader.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        {
            let file = reader.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map { AWSToken.file($0.reveal()) }
            let known = reader.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(AWSToken.known)
            return .container(url: url, authorization: file ?? known)
        }
        if reader.variable("AWS_EC2_METADATA_DISABLED")?.reveal().lowercased() == "true" {
            reader.report(
                "setting_missing", "there are no keys: give 'access_key' and 'secret_key'", name: "access_key")
            return nil
        }
        let endpoint = reader.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT")?.reveal() ?? "http://169.254.169.254"
        return .instance(endpoint: endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint)
    }
}
