import NIOSSL
import TocsinCore
import TocsinIntegrations

extension ClientTLS {
    /// The settings of a client whose servers need nothing special.
    static func usual(minimum: Version, trustRoots: [NIOSSLCertificate]) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = minimum == .tls12 ? .tlsv12 : .tlsv13
        configuration.certificateVerification = .fullVerification
        if !trustRoots.isEmpty { configuration.additionalTrustRoots = [.certificates(trustRoots)] }
        return configuration
    }

    /// The settings of a client.
    ///
    /// - Parameters:
    ///   - minimum: The receiver's oldest version.
    ///   - trustRoots: Certificates that servers may have theirs from, besides the system's.
    /// - Throws: If a file cannot be read, or holds something else.
    func configuration(minimum: Version, trustRoots: [NIOSSLCertificate]) throws -> TLSConfiguration {
        let newest = maximum ?? .tls13
        var configuration = ClientTLS.usual(minimum: min(self.minimum ?? minimum, newest), trustRoots: trustRoots)
        if newest == .tls12 { configuration.maximumTLSVersion = .tlsv12 }
        if let authorities { configuration.trustRoots = .certificates(try authorities.certificates()) }
        if let certificate {
            configuration.certificateChain = try certificate.certificates().map { .certificate($0) }
        }
        if let key { configuration.privateKey = .privateKey(try key.privateKey()) }
        return configuration
    }
}

extension ClientTLS.PEM {
    fileprivate func certificates() throws -> [NIOSSLCertificate] {
        switch self {
        case .file(let path): try NIOSSLCertificate.fromPEMFile(path)
        case .inline(let text): try NIOSSLCertificate.fromPEMBytes(Array(text.reveal().utf8))
        }
    }

    fileprivate func privateKey() throws -> NIOSSLPrivateKey {
        switch self {
        case .file(let path): try NIOSSLPrivateKey(file: path, format: .pem)
        case .inline(let text): try NIOSSLPrivateKey(bytes: Array(text.reveal().utf8), format: .pem)
        }
    }
}
