import TocsinConfiguration
import TocsinCore

/// Reads which identity of Microsoft Entra a receiver acts as: `entra`, an application with a secret, or
/// `managed_identity`, what the machine was given.
enum AzureIdentity {
    /// How to get its token; what is wrong is reported.
    ///
    /// - Parameter resource: What the token is for, such as `https://eventgrid.azure.net`.
    static func read(_ reader: MappingReader, resource: String) -> CredentialRequest? {
        if reader.node("managed_identity") != nil { return managed(reader.mapping("managed_identity"), resource) }
        guard reader.node("entra") != nil else { return nil }
        return application(reader.mapping("entra"), resource)
    }

    /// Source: <https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow>.
    private static func application(_ reader: MappingReader, _ resource: String) -> CredentialRequest? {
        defer { reader.finish() }
        let authority = reader.has("authority") ? reader.url("authority") : Secret("https://login.microsoftonline.com")
        let tenant = reader.requiredString("tenant_id")
        let client = reader.requiredString("client_id")
        let secret = reader.secretOrFile("client_secret")
        if secret == nil { reader.report("setting_missing", "'client_secret' is missing") }
        guard let authority, let tenant, let client, let secret else { return nil }
        return CredentialRequest(
            url: URLEscaping.append("\(tenant)/oauth2/v2.0/token", to: authority),
            form: [
                .init("grant_type", Secret("client_credentials")), .init("client_id", Secret(client)),
                .init("client_secret", secret), .init("scope", Secret(resource + "/.default")),
            ])
    }

    /// Source:
    /// <https://learn.microsoft.com/en-us/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>.
    private static func managed(_ reader: MappingReader, _ resource: String) -> CredentialRequest? {
        defer { reader.finish() }
        let client = reader.string("client_id").flatMap { $0.isEmpty ? nil : $0 }
        let host = reader.variable("AZURE_POD_IDENTITY_AUTHORITY_HOST")?.reveal() ?? "http://169.254.169.254"
        let query =
            "api-version=2018-02-01&resource=" + URLEscaping.query(resource)
            + (client.map { "&client_id=" + URLEscaping.query($0) } ?? "")
        var request = CredentialRequest(
            url: Secret(
                (host.hasSuffix("/") ? String(host.dropLast()) : host) + "/metadata/identity/oauth2/token?" + query),
            form: [])
        request.method = "GET"
        request.client.asksPlatform = true
        var proof = CredentialRequest.Proof()
        proof.headers = [.init("Metadata", Secret("true"), isSecret: false)]
        request.proofs = [proof]
        return request
    }
}
