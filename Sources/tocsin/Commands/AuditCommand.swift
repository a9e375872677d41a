import ArgumentParser
import Foundation
import TocsinAudit
import TocsinCore
import TocsinStreams

/// `tocsin audit`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Reads, checks, copies and proves the audit logs.",
        discussion: """
            Each tenant has a log, and the deployment has one of its own. Nobody can change what stands in it unseen.

            Example: tocsin audit tail --tenant acme
                     tocsin audit verify --tenant all
                     tocsin audit prove --tenant acme --notification 9f2c… > acme.tlog-proof
            """,
        subcommands: [
            Tail.self, Verify.self, Prove.self, Check.self, Export.self, Key.self, RotateKey.self, Erase.self,
        ])

    /// Which log a command is for.
    struct Choice: ParsableArguments, Sendable {
        @Option(help: "A tenant, or deployment for what belongs to no tenant alone.") var tenant: String

        /// The log.
        func log() throws -> TenantID {
            if tenant == "deployment" { return .deployment }
            guard let log = TenantID(tenant) else {
                throw ValidationError("--tenant takes a tenant's name, or deployment")
            }
            return log
        }
    }

    /// Reads one log in a deployment, which is recorded in it.
    static func read<Result: Sendable>(
        _ choice: Choice, _ what: String, _ deployment: DeploymentOptions,
        _ body: @escaping @Sendable (AuditReader) async throws -> Result
    ) async throws -> Result {
        let log = try choice.log()
        return try await deployment.withStreams { streams, configuration in
            if log != .deployment { _ = try configuration.settings(of: log) }
            let recorder = streams.recorder
            try await recorder.record(AuditEvent(.auditRead, on: what, by: .command), in: log)
            return try await body(
                AuditReader(streams: streams, recorder: recorder, log: log, clock: SystemClock()))
        }
    }

    /// `tocsin audit tail`.
    struct Tail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "tail", abstract: "Shows the newest entries, and with --follow those that come.",
            discussion: "Example: tocsin audit tail --tenant acme --count 50")

        @OptionGroup var choice: Choice
        @Option(help: "How many.") var count = 20
        @Flag(help: "Goes on with what comes, until it is interrupted.") var follow = false
        @Option(help: "text or json; json has a line for each entry.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        func validate() throws {
            guard (1...100_000).contains(count) else { throw ValidationError("--count takes 1 to 100000") }
        }

        func run() async throws {
            try await Output.run(output) {
                try await AuditCommand.read(choice, "entries", deployment) { reader in
                    var next = max(0, Int64(try await reader.bounds().size) - Int64(count))
                    repeat {
                        let end = try await reader.bounds().size
                        for line in try await reader.lines(UInt64(next)..<max(UInt64(next), end)) {
                            try show(AuditRow(line))
                        }
                        next = Int64(end)
                        if follow { try await Task.sleep(for: .seconds(1)) }
                    } while follow
                }
            }
        }

        private func show(_ row: AuditRow) throws {
            switch output {
            case .text: Output.line(row.text)
            case .json:
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                Output.line(String(decoding: try encoder.encode(row), as: UTF8.self))
            }
        }
    }

    /// `tocsin audit prove`.
    struct Prove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "prove", abstract: "Prints a proof that an entry is in the log, to be checked far away.",
            discussion: """
                The form is that of https://c2sp.org/tlog-proof. What the entry knows of a person is shown only with --reveal.

                Example: tocsin audit prove --tenant acme --notification 9f2c… > acme.tlog-proof
                         tocsin audit check acme.tlog-proof --key "$(tocsin audit key --tenant acme)"
                """)

        @OptionGroup var choice: Choice
        @Option(help: "The entry's place in the log.") var index: UInt64?
        @Option(help: "The entry's id.") var id: String?
        @Option(help: "The id of a notification: the entry that tells how it ended.") var notification: String?
        @Flag(help: "Shows in the proof who is meant.") var reveal = false
        @OptionGroup var deployment: DeploymentOptions

        func validate() throws {
            guard [index != nil, id != nil, notification != nil].count(where: { $0 }) == 1 else {
                throw ValidationError("name the entry by one of --index, --id and --notification")
            }
        }

        func run() async throws {
            try await Output.run {
                let proof = try await AuditCommand.read(choice, "proof", deployment) { reader in
                    try await reader.proof(of: try await find(reader), revealing: reveal)
                }
                Output.bytes(proof.bytes)
            }
        }

        /// Looks from the newest entry on, as what is asked for is mostly new.
        private func find(_ reader: AuditReader) async throws -> UInt64 {
            if let index { return index }
            let (first, size) = try await reader.bounds()
            var end = size
            while end > first {
                let start = max(first, end > 2048 ? end - 2048 : 0)
                for line in try await reader.lines(start..<end).reversed() {
                    guard let entry = line.entry else { continue }
                    if entry.id == id
                        || (notification != nil && entry.event.object == "notification/\(notification ?? "")")
                    {
                        return line.index
                    }
                }
                end = start
            }
            throw CommandError(
                code: "audit_no_such_entry",
                message:
                    "the log has no such entry among those from \(first) to \(size); what was recorded just now comes "
                    + "within a second or two", exitCode: .negative)
        }
    }

    /// `tocsin audit check`.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Checks a proof, without any deployment, and shows what it proves.",
            discussion: """
                Exit code 1 if it proves nothing.

                Example: tocsin audit check acme.tlog-proof --key tocsin/1a2b3c4d/acme+5f6a7b8c+AY…
                """)

        @Argument(help: "The proof.", completion: .file()) var file: String
        @Option(help: "A key that is trusted, as tocsin audit key prints it; several may be given.") var key: [String]
        @Option(help: "text or json.") var output: OutputFormat = .text

        private struct Report: Encodable {
            let log: String
            let size: UInt64
            let index: UInt64
            let signedBy: [String]
            let entry: AuditRow
        }

        func run() async throws {
            try await Output.run(output) {
                let proof = try InclusionProof(try AuditCommand.contents(file))
                let verdict = try proof.verify(try key.map { try VerifierKey($0) })
                let entry = try? AuditEntry(proof.entry)
                let person = entry.flatMap { proof.person(of: $0) }
                let report = Report(
                    log: verdict.head.origin, size: verdict.head.size, index: proof.index,
                    signedBy: verdict.signers.map(\.name),
                    entry: AuditRow(
                        index: proof.index, bytes: proof.entry, entry: entry, name: person?.name,
                        address: person?.address))
                switch output {
                case .json: try Output.json(report)
                case .text:
                    Output.line(report.entry.text)
                    Output.line(
                        "proven: it is entry \(report.index) of the \(report.size) of \(report.log), signed by "
                            + report.signedBy.joined(separator: ", "))
                }
            }
        }
    }

    /// `tocsin audit export`.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export", abstract: "Copies a log to a directory, and later what is new of it.",
            discussion: """
                The files are those of https://c2sp.org/tlog-tiles. Called every day it keeps what Redis forgets after
                audit.keep.

                Example: tocsin audit export --tenant acme --to /backup/audit/acme
                """)

        @OptionGroup var choice: Choice
        @Option(help: "The directory.", completion: .directory) var to: String
        @OptionGroup var deployment: DeploymentOptions

        func run() async throws {
            try await Output.run {
                let size = try await AuditCommand.read(choice, "files", deployment) { reader in
                    let first = try await reader.bounds().first
                    let progress = ProgressLine()
                    let size = try await DirectoryTiles(to).copy(reader.tiles, first: first) { done, all in
                        progress.show("copied \(done) of \(all) files")
                    }
                    progress.end()
                    return size
                }
                Output.line("\(size) entries in \(to)")
            }
        }
    }

    /// `tocsin audit key`.
    struct Key: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "key", abstract: "Prints what judges a log's signatures; the newest key last.",
            discussion: "Whoever checks proofs must have it from here, not from who brings the proof.")

        @OptionGroup var choice: Choice
        @Flag(help: "All keys that ever signed, not only the newest.") var all = false
        @OptionGroup var deployment: DeploymentOptions

        func run() async throws {
            try await Output.run {
                let keys = try await AuditCommand.read(choice, "key", deployment) { try await $0.keys() }
                for key in all ? keys[...] : keys.suffix(1) { Output.line(key.description) }
            }
        }
    }

    /// `tocsin audit rotate-key`.
    struct RotateKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate-key", abstract: "Puts a new key into use that signs the log.",
            discussion: """
                The old key signs beside it for 30 days. Give the new one to everybody who checks proofs meanwhile.

                Example: tocsin audit rotate-key --tenant acme
                """)

        @OptionGroup var choice: Choice
        @OptionGroup var deployment: DeploymentOptions

        func run() async throws {
            try await Output.run {
                let key = try await AuditCommand.read(choice, "key", deployment) {
                    try await $0.rotateSigner(by: .command)
                }
                Output.line(key.description)
            }
        }
    }

    /// `tocsin audit erase`.
    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "erase", abstract: "Makes what a log knows of a person unreadable, for good.",
            discussion: """
                The entries stay, and so do their proofs; only who is meant can not be read any more. Exit code 1 if nothing
                was known.

                Example: tocsin audit erase --tenant acme --person alice@example.com
                """)

        @OptionGroup var choice: Choice
        @Option(help: "The name, as the entries show it; or the address, of who had no name.") var person: String
        @OptionGroup var deployment: DeploymentOptions

        func run() async throws {
            try await Output.run {
                let was = try await AuditCommand.read(choice, "subject", deployment) {
                    try await $0.erase(person, by: .command)
                }
                guard was else {
                    throw CommandError(
                        code: "subject_unknown", message: "the log knows nothing of this person", exitCode: .negative)
                }
                Output.line("erased; nodes that have just used the name forget it within a minute")
            }
        }
    }

    /// The bytes of a file.
    static func contents(_ file: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw CommandError(code: "file_unreadable", message: "\(file) cannot be read", exitCode: .badData)
        }
        return Array(data)
    }
}
