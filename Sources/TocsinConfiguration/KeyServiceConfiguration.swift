/// A service that wraps the root key.
public struct KeyServiceConfiguration: Sendable {
    /// Which kind.
    public enum Kind: String, Sendable, CaseIterable {
        /// The engine `transit` of OpenBao and Vault.
        case transit
        /// AWS Key Management Service.
        case awsKMS = "aws_kms"
    }

    /// Which kind it is.
    public let kind: Kind
    /// Its settings, which it reads itself.
    public let settings: ConfigurationNode
    /// The path of ``settings``, for messages.
    public let path: String
    /// The file with the wrapped key; a relative path starts beside the configuration.
    public let wrappedFile: String

    /// Reads the section of a kind; `nil` if there is none.
    init?(_ kind: Kind, in reader: MappingReader) {
        guard let node = reader.node(kind.rawValue) else { return nil }
        let section = reader.mapping(kind.rawValue)
        self.kind = kind
        settings = node
        path = section.path
        wrappedFile = section.string("wrapped_file") ?? "root.wrapped"
    }
}
