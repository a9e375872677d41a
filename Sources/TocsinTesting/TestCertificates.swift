import Foundation

/// Certificates for a server on loopback, made with `openssl` in a directory of their own.
public final class TestCertificates: Sendable {
    /// `openssl` would not.
    public struct OpenSSLFailed: Error, CustomStringConvertible {
        /// What it said.
        public let description: String
    }

    /// PEM file of the authority that clients must trust.
    public let authorityFile: String
    /// PEM file of the server's certificate.
    public let certificateFile: String
    /// PEM file of the server's key.
    public let keyFile: String
    private let authorityKey: String
    private let directory: TemporaryDirectory

    /// Makes an authority and a server certificate, valid for two days.
    ///
    /// - Parameter names: the certificate's subject alternative names as openssl writes them.
    public init(names: [String] = ["DNS:localhost", "IP:127.0.0.1", "IP:::1"]) throws {
        directory = try TemporaryDirectory()
        authorityFile = directory.file("authority.pem")
        certificateFile = directory.file("server.pem")
        keyFile = directory.file("server-key.pem")
        let (authorityKey, request) = (directory.file("authority-key.pem"), directory.file("server.csr"))
        self.authorityKey = authorityKey
        let extensions = try directory.write(
            "subjectAltName=\(names.joined(separator: ","))\nextendedKeyUsage=serverAuth\n", to: "extensions")
        let key = TestCertificates.newKey
        try TestCertificates.openssl(
            ["req", "-x509"] + key + [
                "-keyout", authorityKey, "-out", authorityFile, "-days", "2", "-subj", "/CN=Test CA",
            ])
        try TestCertificates.openssl(
            ["req"] + key + ["-keyout", keyFile, "-out", request, "-subj", "/CN=Test server"])
        try TestCertificates.openssl([
            "x509", "-req", "-in", request, "-CA", authorityFile, "-CAkey", authorityKey, "-set_serial", "2", "-days",
            "2",
            "-extfile", extensions, "-out", certificateFile,
        ])
    }

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    /// Makes a certificate for a client, signed by the same authority.
    ///
    /// - Parameter names: its subject alternative names as openssl writes them.
    public func makeClient(names: [String]) throws -> (certificateFile: String, keyFile: String) {
        let (file, keyFile) = (directory.file("client.pem"), directory.file("client-key.pem"))
        let request = directory.file("client.csr")
        let extensions = try directory.write(
            "subjectAltName=\(names.joined(separator: ","))\nextendedKeyUsage=clientAuth\n", to: "client-extensions")
        try TestCertificates.openssl(
            ["req"] + TestCertificates.newKey + ["-keyout", keyFile, "-out", request, "-subj", "/CN=Test client"])
        try TestCertificates.openssl([
            "x509", "-req", "-in", request, "-CA", authorityFile, "-CAkey", authorityKey, "-set_serial", "3", "-days",
            "2", "-extfile", extensions, "-out", file,
        ])
        return (file, keyFile)
    }

    /// Takes certificates back, and answers the file of the authority's list.
    public func revoke(_ files: [String]) throws -> String {
        let list = directory.file("revoked.pem")
        try directory.write("", to: "index.txt")
        try directory.write("01\n", to: "crlnumber")
        let configuration = try directory.write(
            """
            [ca]
            default_ca = own
            [own]
            database = \(directory.file("index.txt"))
            crlnumber = \(directory.file("crlnumber"))
            default_md = sha256
            default_crl_days = 1

            """, to: "ca.cnf")
        let authority = ["-config", configuration, "-cert", authorityFile, "-keyfile", authorityKey]
        for file in files { try TestCertificates.openssl(["ca"] + authority + ["-revoke", file]) }
        try TestCertificates.openssl(["ca"] + authority + ["-gencrl", "-out", list])
        return list
    }

    private static func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw OpenSSLFailed(description: String(decoding: text, as: UTF8.self))
        }
    }
}
