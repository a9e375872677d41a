/// What TLS to a receiver's server needs beyond the usual.
public struct ClientTLS: Sendable, Hashable {
    /// Certificates in PEM form that may sign the server's, instead of the system's.
    public var caFile: String?
    /// The certificate in PEM form that is shown to the server.
    public var certificateFile: String?
    /// Its key in PEM form.
    public var keyFile: String?
    /// Whether anybody may be the server.
    ///
    /// For tests only: whoever sits on the way can read and change everything.
    public var skipsVerification = false

    /// The usual.
    init(
        caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil, skipsVerification: Bool = false
    ) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.skipsVerification = skipsVerification
    }
}
