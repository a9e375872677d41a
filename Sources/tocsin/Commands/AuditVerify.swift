import ArgumentParser
import Foundation
import TocsinAudit
import TocsinConfiguration
import TocsinCore
import TocsinStreams

extension AuditCommand {
    /// `tocsin audit verify`.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Checks logs from the first entry to the signed head.",
            discussion: """
                Finds changed bits, a tail that was cut off, another order, a second history. That a whole older state was put
                back shows only beside what was seen before: heads that witnesses have signed, or a checkpoint that you kept
                (--since). Exit code 1 if a log is not good.

                Example: tocsin audit verify --tenant all
                         tocsin audit verify --from /backup/audit/acme --key tocsin/1a2b…/acme+5f6a…+AY…
                """)

        @Option(help: "A tenant, deployment, or all.") var tenant = "all"
        @Option(help: "A directory that an export has written, instead of a deployment.", completion: .directory)
        var from: String?
        @Option(help: "A key that is trusted; needed with --from. Default: the keys that the deployment keeps.")
        var key: [String] = []
        @Option(help: "A checkpoint of the log that was kept earlier; several may be given.", completion: .file())
        var since: [String] = []
        @Option(help: "The first entry of a copy that was begun after older ones had left Redis; only with --from.")
        var first: UInt64 = 0
        @Option(help: "text or json.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        func validate() throws {
            guard from == nil || !key.isEmpty else {
                throw ValidationError("with --from say with --key whom you trust, as tocsin audit key prints it")
            }
            guard first == 0 || from != nil else { throw ValidationError("--first is only for --from") }
            guard since.isEmpty || from != nil || tenant != "all" else {
                throw ValidationError("--since is of one log: name it with --tenant")
            }
        }

        private struct Row: Encodable {
            let log: String
            let isGood: Bool
            let size: UInt64
            let firstEntry: UInt64
            let root: String?
            let signedBy: [String]
            let witnesses: [String: UInt64]
            let code: String?
            let message: String?
        }

        func run() async throws {
            try await Output.run(output) {
                let older = try since.map { try AuditCommand.contents($0) }
                let keys = try key.map { try VerifierKey($0) }
                let rows: [Row]
                if let from {
                    rows = [try await row(from, DirectoryTiles(from), keys: keys, first: first, older: older)]
                } else {
                    rows = try await deployed(keys, older)
                }
                switch output {
                case .json: try Output.json(rows)
                case .text: rows.forEach(show)
                }
                if rows.contains(where: { !$0.isGood }) { throw ExitCode(CommandError.Exit.negative.rawValue) }
            }
        }

        private func deployed(_ keys: [VerifierKey], _ older: [[UInt8]]) async throws -> [Row] {
            try await deployment.withStreams { streams, configuration in
                var logs = configuration.tenants.keys.sorted() + [.deployment]
                if tenant == "deployment" {
                    logs = [.deployment]
                } else if tenant != "all" {
                    guard let id = TenantID(tenant) else {
                        throw ValidationError("--tenant takes a tenant's name, deployment, or all")
                    }
                    logs = [try configuration.settings(of: id).id]
                }
                var rows: [Row] = []
                for log in logs {
                    let reader = AuditReader(
                        streams: streams, recorder: streams.recorder, log: log, clock: SystemClock())
                    let trusted = keys.isEmpty ? try await reader.keys() : keys
                    rows.append(
                        try await row(
                            AuditLog.name(of: log), reader.tiles, keys: trusted, first: try await reader.bounds().first,
                            older: older))
                    try await streams.recorder.record(AuditEvent(.auditRead, on: "log", by: .command), in: log)
                }
                return rows
            }
        }

        private func row(
            _ name: String, _ tiles: some TileSource, keys: [VerifierKey], first: UInt64, older: [[UInt8]]
        ) async throws -> Row {
            let progress = ProgressLine()
            defer { progress.end() }
            do {
                let report = try await LogVerification.verify(tiles, keys: keys, firstEntry: first, older: older) {
                    progress.show("\(name): checked \($0) of \($1) entries")
                }
                return Row(
                    log: name, isGood: true, size: report?.size ?? 0, firstEntry: report?.firstEntry ?? 0,
                    root: report.map { Hexadecimal.encode($0.root.bytes) }, signedBy: report?.signers.map(\.name) ?? [],
                    witnesses: report?.witnesses ?? [:], code: nil, message: nil)
            } catch let error as AuditError {
                return Row(
                    log: name, isGood: false, size: 0, firstEntry: 0, root: nil, signedBy: [], witnesses: [:],
                    code: error.code, message: error.message + hint(error))
            }
        }

        private func hint(_ error: AuditError) -> String {
            guard from != nil, first == 0, error.code == "audit_tile_missing" else { return "" }
            return "; if the copy was begun after older entries had left Redis, say with --first where it begins"
        }

        private func show(_ row: Row) {
            guard row.isGood else {
                return Output.line("\(row.log): NOT GOOD: \(row.message ?? "") (\(row.code ?? ""))")
            }
            guard row.size > 0 else { return Output.line("\(row.log): no entries yet") }
            var text = "\(row.log): good, \(row.size) entries, root \((row.root ?? "").prefix(16))…"
            if row.firstEntry > 0 { text += ", of those before \(row.firstEntry) only the hashes are kept" }
            let witnesses = row.witnesses.sorted { $0.key < $1.key }.map { "\($0.key) saw \($0.value)" }
            Output.line(text + (witnesses.isEmpty ? ", no witness" : ", " + witnesses.joined(separator: ", ")))
        }
    }
}
