import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

extension CredentialRequest {
    /// The name of the grant by a signed statement, RFC 7523 section 2.1.
    private static let assertionGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer"

    /// Reads `oauth2`: client credentials (RFC 6749 section 4.4), or a signed statement (RFC 7523).
    init?(oauth2 reader: MappingReader) {
        defer { reader.finish() }
        let client = ClientSettings(reader)
        let grant = reader.string("grant_type") ?? ""
        let scopes = (reader.stringList("scopes") ?? []).joined(separator: " ")
        let parameters = (reader.stringMap("endpoint_params") ?? []).map { Member($0.name, $0.value) }
        let id = reader.given("client_id")
        if id == nil { reader.report("setting_missing", "oauth2 client_id must be configured", name: "client_id") }
        var url: Secret?
        if reader.given("token_url") != nil {
            url = reader.url("token_url")
        } else {
            reader.report("setting_missing", "oauth2 token_url must be configured", name: "token_url")
        }
        reader.checkSources(
            of: "client_secret",
            "at most one of oauth2 client_secret, client_secret_file & client_secret_ref must be configured "
                + "using grant-type=client_credentials")
        let secret = reader.secretOrFile("client_secret") ?? Secret("")
        let statement = JWTAssertion(oauth2: reader, client: id ?? "", url: url, scopes: scopes, grant: grant)
        guard let id, let url else { return nil }
        if grant == CredentialRequest.assertionGrant {
            guard let statement else { return nil }
            self.init(url: url, form: CredentialRequest.form(grant, "", parameters))
            assertion = statement
        } else {
            self.init(url: url, form: CredentialRequest.form("client_credentials", scopes, parameters))
            proofs = CredentialRequest.proofs(id: id, secret: secret)
        }
        self.client = client
    }

    /// Further parameters replace what they have the name of.
    private static func form(_ grant: String, _ scopes: String, _ parameters: [Member]) -> [Member] {
        var form = [Member("grant_type", Secret(grant))]
        if !scopes.isEmpty { form.append(Member("scope", Secret(scopes))) }
        return form.filter { own in !parameters.contains { $0.name == own.name } } + parameters
    }

    /// In a header, which RFC 6749 section 2.3.1 wants every server to take, and else in the form, which some want.
    private static func proofs(id: String, secret: Secret) -> [Proof] {
        var (header, form) = (Proof(), Proof())
        let pair = URLEscaping.query(id) + ":" + URLEscaping.query(secret.reveal())
        header.headers = [.secret("Authorization", "Basic " + Data(pair.utf8).base64EncodedString())]
        form.form = [Member("client_id", Secret(id))]
        if !secret.reveal().isEmpty { form.form.append(Member("client_secret", secret)) }
        return [header, form]
    }

    /// Whether the settings ask for a signed statement.
    fileprivate static func isAssertion(_ grant: String) -> Bool { grant == assertionGrant }
}

extension JWTAssertion {
    /// Reads what a statement is made from; every setting is read, so that none counts as unknown.
    ///
    /// - Returns: `nil` if none is asked for, or if there is no usable key.
    fileprivate init?(oauth2 reader: MappingReader, client: String, url: Secret?, scopes: String, grant: String) {
        let isWanted = CredentialRequest.isAssertion(grant)
        let keyID = reader.given("client_certificate_key_id")
        let algorithm = reader.given("signature_algorithm")
        let issuer = reader.given("iss") ?? client
        let audience = reader.given("audience") ?? url?.reveal() ?? ""
        let own = JWTAssertion.claims(reader)
        if isWanted {
            reader.checkSources(
                of: "client_certificate_key",
                "at most one of oauth2 client_certificate_key, client_certificate_key_file & "
                    + "client_certificate_key_ref must be configured using grant-type=" + grant)
        }
        let key = reader.secretOrFile("client_certificate_key")
        guard isWanted else {
            _ = reader.node("client_certificate_key_ref")
            return nil
        }
        self.init(
            key: key ?? Secret(""),
            claims: [Claim("iss", issuer), Claim("sub", client), Claim("aud", audience)]
                + (scopes.isEmpty ? [] : [Claim("scope", scopes)]) + own)
        self.keyID = keyID
        if let algorithm {
            guard let known = Algorithm(rawValue: algorithm) else {
                reader.report(
                    "value_invalid", "valid signature algorithms are RS256, RS384 and RS512",
                    name: "signature_algorithm")
                return nil
            }
            self.algorithm = known
        }
        guard isKeyUsable else {
            reader.report(
                "value_invalid", "'client_certificate_key' must be an RSA key of 2048 bits or more in PEM form",
                name: "client_certificate_key")
            return nil
        }
    }

    private static func claims(_ reader: MappingReader) -> [Claim] {
        guard case .mapping(let members)? = reader.node("claims")?.value else { return [] }
        return members.map { member in
            var writer = JSONWriter()
            write(member.node, to: &writer, reader, depth: 0)
            return Claim(member.name, json: String(decoding: writer.bytes, as: UTF8.self))
        }
    }

    /// How deep claims may nest; deeper ones are left out.
    private static let maximumDepth = 16

    private static func write(
        _ node: ConfigurationNode, to writer: inout JSONWriter, _ reader: MappingReader, depth: Int
    ) {
        guard depth < maximumDepth else { return writer.value(json: "null".utf8) }
        switch node.value {
        case .null: writer.value(json: "null".utf8)
        case .scalar:
            let text = reader.text(node, within: "claims") ?? ""
            // How a value was quoted is not known here; what reads as a number or a truth value is one.
            if text == "true" || text == "false" || Int64(text).map(String.init) == text {
                writer.value(json: text.utf8)
            } else {
                writer.value(text)
            }
        case .sequence(let items):
            writer.array { writer in
                for item in items { write(item, to: &writer, reader, depth: depth + 1) }
            }
        case .mapping(let members):
            writer.object { writer in
                for member in members {
                    writer.name(member.name)
                    write(member.node, to: &writer, reader, depth: depth + 1)
                }
            }
        }
    }
}

extension MappingReader {
    /// A text that is there and not empty.
    fileprivate func given(_ name: String) -> String? { string(name).flatMap { $0.isEmpty ? nil : $0 } }
}
