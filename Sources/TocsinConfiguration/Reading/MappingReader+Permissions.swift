import TocsinCore
public import TocsinIdentity

extension MappingReader {
    /// A list of permissions; a word that is none is reported.
    public func permissions(_ name: String) -> Set<Permission>? {
        guard let words = stringList(name) else { return nil }
        for word in words where Permission(rawValue: word) == nil {
            report(
                "value_invalid",
                "'\(word)' is no permission: " + Permission.allCases.map(\.rawValue).joined(separator: ", "), name: name
            )
        }
        return Set(words.compactMap(Permission.init(rawValue:)))
    }

    /// A tenant's name; a text that is none is reported.
    func tenant(_ name: String) -> TenantID? {
        guard let text = string(name) else { return nil }
        let tenant = TenantID(text)
        if tenant == nil { report("tenant_invalid", "this is no tenant's name", name: name) }
        return tenant
    }
}

extension CertificateCaller {
    /// Reads an entry of `ingest.client_certificates`.
    init?(_ reader: MappingReader) {
        let (name, tenant) = (reader.requiredString("name"), reader.tenant("tenant"))
        if !reader.has("tenant") { reader.report("value_missing", "say for which tenant it is", name: "tenant") }
        let permissions = reader.permissions("permissions")
        if permissions == nil { reader.report("value_missing", "say what it may do", name: "permissions") }
        reader.finish()
        guard let name, let tenant else { return nil }
        self.init(name: name, tenant: tenant, permissions: permissions ?? [])
    }
}
