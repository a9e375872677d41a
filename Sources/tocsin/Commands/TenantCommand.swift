public import ArgumentParser
import Foundation
import TocsinAudit
import TocsinConfiguration
public import TocsinCore
import TocsinIdentity
import TocsinStreams

extension TenantID: ExpressibleByArgument {
    /// Makes one.
    public init?(argument: String) { self.init(argument) }
}

/// `tocsin tenant`.
struct TenantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant", abstract: "Manages what belongs to a tenant.",
        discussion: "Example: tocsin tenant token create acme-premium --name prometheus-eu",
        subcommands: [TokenCommand.self])

    /// `tocsin tenant token`.
    struct TokenCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "token", abstract: "Makes, lists and revokes API tokens.",
            discussion: "Example: tocsin tenant token list acme-premium",
            subcommands: [Create.self, List.self, Revoke.self])
    }

    /// A token as it is printed; its text only when it is made.
    struct TokenRow: Encodable {
        let id: String
        let tenant: String
        let name: String
        let createdAt: String
        let expiresAt: String?
        let revokedAt: String?
        let permissions: [String]
        var token: String?

        init(_ record: TokenRecord, token: String? = nil) {
            id = record.id
            tenant = record.tenant.name
            name = record.name
            createdAt = record.createdAt.rfc3339
            expiresAt = record.expiresAt?.rfc3339
            revokedAt = record.revokedAt?.rfc3339
            permissions = record.permissions.map(\.rawValue).sorted()
            self.token = token
        }
    }

    /// `tocsin tenant token create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Makes a token. It is shown once; only its hash is kept.",
            discussion: "Example: tocsin tenant token create acme-premium --name prometheus-eu --expires 90d")

        @Argument(help: "The tenant.") var tenant: TenantID
        @Option(help: "What the token is for.") var name: String = "unnamed"
        @Option(help: "After how long it stops working, such as 90d. Default: never.") var expires: String?
        @Option(
            help: "What it may do: read, write, silence, escalate, admin, audit.",
            completion: .list(Permission.allCases.map(\.rawValue)))
        var permission: [String] = ["read", "write"]
        @Option(help: "text or json.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        func validate() throws {
            if let expires, DurationText.parse(expires) == nil {
                throw ValidationError("--expires takes a duration such as 12h or 90d")
            }
            for word in permission where Permission(rawValue: word) == nil {
                throw ValidationError("'\(word)' is no permission: read, write, silence, escalate, admin, audit")
            }
        }

        func run() async throws {
            try await Output.run(output) {
                let token = APIToken.generate(tenant: tenant)
                let now = SystemClock().now()
                let record = TokenRecord(
                    token: token, name: name, createdAt: now,
                    expiresAt: expires.flatMap(DurationText.parse).map { now + $0 },
                    permissions: Set(permission.compactMap(Permission.init(rawValue:))))
                try await deployment.withStreams { streams, configuration in
                    guard configuration.tenants[tenant] != nil else {
                        throw CommandError(
                            code: "tenant_unknown",
                            message: "the configuration has no tenant \(tenant); it has "
                                + configuration.tenants.keys.sorted().map(\.name).joined(separator: ", "),
                            exitCode: .negative)
                    }
                    let event = AuditEvent(
                        .tokenIssue, on: "token/\(record.id)", by: .command,
                        facts: [
                            .init("permissions", record.permissions.map(\.rawValue).sorted().joined(separator: ","))
                        ])
                    try await streams.recorder.around(event, in: tenant) {
                        (try await streams.saveToken(record), AuditChange())
                    }
                }
                switch output {
                case .text: Output.line(token.text.reveal())
                case .json: try Output.json(TokenRow(record, token: token.text.reveal()))
                }
            }
        }
    }

    /// `tocsin tenant token list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists a tenant's tokens, without their texts.",
            discussion: "Example: tocsin tenant token list acme-premium --output json")

        @Argument(help: "The tenant.") var tenant: TenantID
        @Option(help: "text or json.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        func run() async throws {
            try await Output.run(output) {
                let rows = try await deployment.withStreams { streams, _ in
                    try await streams.tokens(of: tenant)
                }.map { TokenRow($0) }
                switch output {
                case .json: try Output.json(rows)
                case .text:
                    Output.table(
                        [["ID", "NAME", "CREATED", "EXPIRES", "REVOKED", "PERMISSIONS"]]
                            + rows.map {
                                [
                                    $0.id, $0.name, $0.createdAt, $0.expiresAt ?? "never", $0.revokedAt ?? "no",
                                    $0.permissions.joined(separator: ","),
                                ]
                            })
                }
            }
        }
    }

    /// `tocsin tenant token revoke`.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Ends a token; every node refuses it within seconds.",
            discussion: "Example: tocsin tenant token revoke acme-premium 4f2a9c01")

        @Argument(help: "The tenant.") var tenant: TenantID
        @Argument(help: "The token's id.") var id: String
        @Option(help: "text or json.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        func run() async throws {
            try await Output.run(output) {
                let record = try await deployment.withStreams { streams, _ in
                    guard var record = try await streams.token(id, of: tenant) else {
                        throw CommandError(
                            code: "token_unknown", message: "tenant \(tenant) has no token \(id)", exitCode: .negative)
                    }
                    record.revokedAt = record.revokedAt ?? SystemClock().now()
                    let revoked = record
                    let event = AuditEvent(.tokenRevoke, on: "token/\(id)", by: .command)
                    return try await streams.recorder.around(event, in: tenant) {
                        try await streams.saveToken(revoked)
                        return (revoked, AuditChange())
                    }
                }
                switch output {
                case .json: try Output.json(TokenRow(record))
                case .text: Output.line("revoked \(record.id) (\(record.name))")
                }
            }
        }
    }
}
