import Logging
import NIOCore
import NIOSSL
import Synchronization
import TocsinConfiguration
import TocsinCore

/// Makes what encrypts a connection, from what the files hold when it comes in.
final class SecuredConnections: Sendable {
    /// Everything that a context is made of, to know whether it is still the right one.
    private struct Parts: Equatable {
        let tls: WebTLS
        let certificate: [UInt8]
        let key: [UInt8]
        let authorities: [UInt8]?
    }

    /// What one connection needs.
    struct Context: Sendable {
        let tls: WebTLS
        let context: NIOSSLContext
        /// The clients' certificates that were taken back.
        var revoked = RevocationList.Contents()

        /// Whether a client's certificate is refused that no authority of the door's own has signed; the system's authorities
        /// sign for everybody.
        var verifiesClients: Bool {
            guard tls.clientAuthorities != nil else { return false }
            return switch tls.clientCertificate {
            case .verifiedIfGiven, .requiredAndVerified: true
            case .none, .requested, .required: false
            }
        }

        /// Encrypts a connection.
        ///
        /// A certificate that only has to be there is not looked at; the others are left to the library.
        func makeHandler() -> NIOSSLServerHandler {
            switch tls.clientCertificate {
            case .requested, .required:
                NIOSSLServerHandler(
                    context: context,
                    customVerificationCallback: { _, promise in promise.succeed(.certificateVerified) })
            case .none, .verifiedIfGiven, .requiredAndVerified: NIOSSLServerHandler(context: context)
            }
        }
    }

    private let file: WebFile
    private let allowsHTTP2: Bool
    private let revocations: RevocationList?
    private let logger: Logger
    private let last = Mutex<(parts: Parts, context: Context)?>(nil)
    private let lastFailure = Mutex<String?>(nil)

    init(file: WebFile, allowsHTTP2: Bool, revocations: RevocationList?, logger: Logger) {
        self.file = file
        self.allowsHTTP2 = allowsHTTP2
        self.revocations = revocations
        self.logger = logger
    }

    /// What a connection that comes in now needs; a failure is logged once for each reason.
    ///
    /// Blocks its thread: not for an event loop.
    func contextForConnection() throws(WebConfigurationError) -> Context {
        do throws(WebConfigurationError) {
            var context = try context()
            if let revocations { context.revoked = revocations.current() }
            lastFailure.withLock { $0 = nil }
            return context
        } catch {
            let isNews = lastFailure.withLock { last in
                defer { last = error.message }
                return last != error.message
            }
            if isNews { logger.error("connections are refused", metadata: [LogKey.error: "\(error)"]) }
            throw error
        }
    }

    /// Reads the files.
    func context() throws(WebConfigurationError) -> Context {
        guard let tls = try file.read().tls() else {
            throw WebConfigurationError("TLS config is not present", in: file.path)
        }
        var authorities: [UInt8]?
        if let source = tls.clientAuthorities { authorities = try bytes(of: source, "client_ca_file") }
        let parts = Parts(
            tls: tls, certificate: try bytes(of: tls.certificate, "cert_file"), key: try bytes(of: tls.key, "key_file"),
            authorities: authorities)
        if let last = last.withLock({ $0 }), last.parts == parts { return last.context }
        let context = Context(tls: tls, context: try make(parts))
        last.withLock { $0 = (parts, context) }
        return context
    }

    private func bytes(of source: WebTLS.Source, _ what: String) throws(WebConfigurationError) -> [UInt8] {
        switch source {
        case .file(let path): try WebFile.bytes(of: path, for: what)
        case .text(let text): Array(text.reveal().utf8)
        }
    }

    private func make(_ parts: Parts) throws(WebConfigurationError) -> NIOSSLContext {
        let certificates: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
        do {
            certificates = try NIOSSLCertificate.fromPEMBytes(parts.certificate)
        } catch {
            throw failure("the certificate holds no certificate in PEM form that can be read")
        }
        do {
            key = try NIOSSLPrivateKey(bytes: parts.key, format: .pem)
        } catch {
            throw failure("the key holds no key in PEM form that can be read")
        }
        do {
            return try NIOSSLContext(configuration: settings(parts, certificates, key))
        } catch {
            throw failure("the key does not belong to the certificate, or the settings do not go together")
        }
    }

    private func failure(_ reason: String) -> WebConfigurationError {
        WebConfigurationError("failed to load X509KeyPair: \(reason)", in: file.path)
    }

    private func settings(
        _ parts: Parts, _ certificates: [NIOSSLCertificate], _ key: NIOSSLPrivateKey
    ) -> TLSConfiguration {
        var settings = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
        settings.applicationProtocols = allowsHTTP2 ? ["h2", "http/1.1"] : ["http/1.1"]
        // A client that does not say goodbye must not hold up the end of the server.
        settings.shutdownTimeout = .seconds(1)
        settings.minimumTLSVersion = Self.version(parts.tls.minimum)
        settings.maximumTLSVersion = Self.version(parts.tls.maximum)
        if let numbers = parts.tls.cipherSuites {
            let old = numbers.filter { $0 >> 8 != 0x13 }
            // With those of TLS 1.3 alone nothing older can be spoken.
            if old.isEmpty {
                settings.minimumTLSVersion = .tlsv13
            } else {
                settings.cipherSuiteValues = old.map { NIOTLSCipher(rawValue: $0) }
            }
        }
        settings.curves = parts.tls.groups?.map { NIOTLSCurve(rawValue: $0) }
        settings.certificateVerification =
            switch parts.tls.clientCertificate {
            case .none: .none
            case .requested, .verifiedIfGiven: .optionalVerification
            case .required, .requiredAndVerified: .noHostnameVerification
            }
        if let authorities = parts.authorities {
            // Like Go: what is no certificate makes nobody trusted.
            settings.trustRoots = .certificates((try? NIOSSLCertificate.fromPEMBytes(authorities)) ?? [])
            settings.sendCANameList = true
        }
        return settings
    }

    private static func version(_ version: WebTLS.Version) -> TLSVersion {
        switch version {
        case .v10: .tlsv1
        case .v11: .tlsv11
        case .v12: .tlsv12
        case .v13: .tlsv13
        }
    }
}
