import ArgumentParser
import Foundation
import Logging
import TocsinConfiguration
import TocsinCore
import TocsinIdentity
import TocsinIngest
import TocsinSealing

/// `tocsin token`.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Makes JSON Web Tokens, and says what becomes of one.",
        discussion: """
            A tenant's own tokens, which can be revoked, are made by `tocsin tenant token create`.

            Example: tocsin token issue --tenant acme --user alice --permission read --key-file es256.pem
            """, subcommands: [KeyPair.self, Issue.self, Verify.self])

    /// `tocsin token keypair`.
    struct KeyPair: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "keypair",
            abstract: "Makes a key to sign tokens with (ES256), and prints what the nodes need of it.",
            discussion: """
                The private key is written to a new file that only its owner may read. What is printed is public: a JWK set, for
                keys_file of an entry in ingest.jwt.

                Example: tocsin token keypair --key-file es256.pem --key-id k1 > keys.json
                """)

        @Option(help: "The new file for the private key.") var keyFile: String
        @Option(help: "The key's id (kid).") var keyId: String

        func run() async throws {
            try await Output.run {
                let pair = try JWTKeyPair(id: keyId)
                guard try KeyFile.create(keyFile, contents: Array(pair.privateKey.reveal().utf8)) else {
                    throw CommandError(
                        code: "key_file_exists",
                        message:
                            "there is a file \(keyFile) already, which was left as it is: name another, or remove it",
                        exitCode: .cannotCreate)
                }
                Output.line(pair.publicKeys)
            }
        }
    }

    /// `tocsin token issue`.
    struct Issue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "issue", abstract: "Makes a JSON Web Token for a user of a tenant.",
            discussion: """
                The nodes must believe the issuer: an entry of ingest.jwt with the public key.

                Example: tocsin token keypair --key-file es256.pem --key-id k1 > keys.json
                         tocsin token issue --tenant acme --user alice --permission read silence --expires 8h \
                           --key-file es256.pem --key-id k1
                """)

        @Option(help: "The tenant.") var tenant: TenantID
        @Option(help: "Whom it is for.") var user: String
        @Option(
            parsing: .upToNextOption, help: "What it may do: read, write, silence, escalate, admin, audit.",
            completion: .list(Permission.allCases.map(\.rawValue)))
        var permission: [String] = ["read"]
        @Option(help: "After how long it stops working, such as 8h.") var expires = "1h"
        @Option(help: "The claim iss.") var issuer = "tocsin"
        @Option(help: "The claim aud.") var audience = "tocsin"
        @Option(help: "ES256, EdDSA, RS256 or HS256.") var algorithm = "ES256"
        @Option(help: "A file with the private key in PEM form, or for HS256 with the secret.") var keyFile: String
        @Option(help: "The key's id (kid).") var keyId: String?
        @Option(help: "text or json.") var output: OutputFormat = .text

        private struct Report: Encodable {
            let token: String
            let tenant: String
            let user: String
            let permissions: [String]
            let expiresAt: String
        }

        func validate() throws {
            guard DurationText.parse(expires) != nil else {
                throw ValidationError("--expires takes a duration such as 8h")
            }
            guard JWTAlgorithmName(rawValue: algorithm) != nil else {
                throw ValidationError("--algorithm takes ES256, EdDSA, RS256 or HS256")
            }
            for word in permission where Permission(rawValue: word) == nil {
                throw ValidationError("'\(word)' is no permission: read, write, silence, escalate, admin, audit")
            }
        }

        func run() async throws {
            try await Output.run(output) {
                guard let data = FileManager.default.contents(atPath: keyFile) else {
                    throw CommandError(
                        code: "file_unreadable", message: "the key \(keyFile) cannot be read", exitCode: .badData)
                }
                let key = Secret(String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
                let (life, now) = (DurationText.parse(expires) ?? .seconds(3600), SystemClock().now())
                let permissions = Set(permission.compactMap(Permission.init(rawValue:)))
                let maker = try await JWTMaker(
                    key: key, algorithm: JWTAlgorithmName(rawValue: algorithm) ?? .es256, id: keyId)
                let token = try maker.make(
                    tenant: tenant, user: user, permissions: permissions, issuer: issuer, audience: audience,
                    life: life, now: now)
                switch output {
                case .text: Output.line(token.reveal())
                case .json:
                    try Output.json(
                        Report(
                            token: token.reveal(), tenant: tenant.name, user: user,
                            permissions: permissions.map(\.rawValue).sorted(), expiresAt: (now + life).rfc3339))
                }
            }
        }
    }

    /// `tocsin token verify`.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Says whether the nodes would believe a JSON Web Token, and if not, why.",
            discussion: """
                Reads the token from the standard input, so that it stands in no list of processes.

                Example: tocsin token verify --config tocsin.yaml < token
                """)

        @Option(help: "The configuration file.") var config = "tocsin.yaml"
        @Option(help: "text or json.") var output: OutputFormat = .text

        private struct Report: Encodable {
            let accepted: Bool
            let reason: String?
            let tenant: String?
            let user: String?
            let permissions: [String]?
            let expiresAt: String?
        }

        func run() async throws {
            try await Output.run(output) {
                let configuration = try TocsinConfiguration.load(printing: config)
                let issuers = try await IssuerLoading.load(
                    configuration.server.ingest.jwt,
                    directory: URL(fileURLWithPath: config).deletingLastPathComponent().path,
                    logger: Logger(label: "tocsin"))
                let text = String(
                    decoding: FileHandle.standardInput.readData(ofLength: JWTVerification.longestToken + 2),
                    as: UTF8.self
                ).trimmingCharacters(in: .whitespacesAndNewlines)
                switch try await issuers.judge(text, now: SystemClock().now()) {
                case .accepted(let record):
                    try show(
                        Report(
                            accepted: true, reason: nil, tenant: record.tenant.name, user: record.name,
                            permissions: record.permissions.map(\.rawValue).sorted(),
                            expiresAt: record.expiresAt?.rfc3339))
                case .refused(let reason):
                    try show(
                        Report(
                            accepted: false, reason: reason.rawValue, tenant: nil, user: nil, permissions: nil,
                            expiresAt: nil))
                    throw ExitCode(CommandError.Exit.negative.rawValue)
                }
            }
        }

        private func show(_ report: Report) throws {
            switch output {
            case .json: try Output.json(report)
            case .text:
                guard report.accepted else {
                    return Output.line("refused: \(report.reason ?? "")")
                }
                Output.line(
                    "\(report.user ?? "") of \(report.tenant ?? ""): "
                        + "\((report.permissions ?? []).joined(separator: ", ")), until \(report.expiresAt ?? "")")
            }
        }
    }
}
