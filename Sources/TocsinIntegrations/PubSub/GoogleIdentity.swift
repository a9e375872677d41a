import Foundation
import TocsinConfiguration
import TocsinCore

/// Reads which account of Google Cloud a receiver acts as: a service account's key, or what the machine or pod was given.
enum GoogleIdentity {
    /// The longest that Google takes.
    private static let lifetime = Duration.seconds(3600)

    /// How to get its token; what is wrong is reported.
    static func read(_ reader: MappingReader, scope: String) -> CredentialRequest? {
        guard reader.has("service_account") || reader.has("service_account_file") else {
            for name in ["service_account", "service_account_file"] { _ = reader.node(name) }
            return machine(reader)
        }
        guard let json = reader.secretOrFile("service_account") else { return nil }
        return account(json, scope: scope, reader)
    }

    /// Source: <https://developers.google.com/identity/protocols/oauth2/service-account#httprest>.
    private static func account(_ json: Secret, scope: String, _ reader: MappingReader) -> CredentialRequest? {
        let name = reader.has("service_account") ? "service_account" : "service_account_file"
        let members = (try? JSONSerialization.jsonObject(with: Data(json.reveal().utf8))) as? [String: Any] ?? [:]
        func text(_ name: String) -> String? { (members[name] as? String).flatMap { $0.isEmpty ? nil : $0 } }
        guard let key = text("private_key"), let email = text("client_email") else {
            reader.report(
                "value_invalid", "the service account's JSON has no 'private_key' or no 'client_email'", name: name)
            return nil
        }
        let url = text("token_uri") ?? "https://oauth2.googleapis.com/token"
        var assertion = JWTAssertion(
            key: Secret(key),
            claims: [.init("iss", email), .init("scope", scope), .init("aud", url)])
        assertion.keyID = text("private_key_id")
        assertion.lifetime = lifetime
        guard assertion.isKeyUsable else {
            reader.report("value_invalid", "the service account's 'private_key' is no RSA key in PEM form", name: name)
            return nil
        }
        var request = CredentialRequest(
            url: Secret(url), form: [.init("grant_type", Secret("urn:ietf:params:oauth:grant-type:jwt-bearer"))])
        request.assertion = assertion
        return request
    }

    /// Source: <https://cloud.google.com/compute/docs/access/authenticate-workloads#applications>.
    private static func machine(_ reader: MappingReader) -> CredentialRequest {
        let host = reader.variable("GCE_METADATA_HOST")?.reveal() ?? "metadata.google.internal"
        var request = CredentialRequest(
            url: Secret("http://\(host)/computeMetadata/v1/instance/service-accounts/default/token"), form: [])
        request.method = "GET"
        request.client.asksPlatform = true
        var proof = CredentialRequest.Proof()
        proof.headers = [.init("Metadata-Flavor", Secret("Google"), isSecret: false)]
        request.proofs = [proof]
        return request
    }
}
