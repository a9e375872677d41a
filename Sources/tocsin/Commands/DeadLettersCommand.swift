import ArgumentParser
import TocsinAlerts
import TocsinAudit
import TocsinCore
import TocsinStreams

/// `tocsin dead-letters`.
struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters", abstract: "Shows, repeats and deletes what was given up.",
        discussion: """
            Example: tocsin dead-letters list acme-premium
                     tocsin dead-letters replay acme-premium --all
            """,
        subcommands: [List.self, Show.self, Replay.self, Drop.self])

    /// A dead letter as it is printed.
    ///
    /// Its content only where one is shown.
    struct Row: Encodable, Sendable {
        let id: String
        let kind: String
        let receiver: String
        let reason: String
        let diedAt: String
        let attempts: Int
        var attemptLog: [String]?
        var status: String?
        var groupKey: String?
        var alerts: [[String: String]]?
        var unreadable: String?

        init(_ letter: DeadLetter) {
            id = letter.id
            kind = letter.isNotification ? "notification" : "alerts"
            receiver = letter.receiver
            reason = letter.reason
            diedAt = letter.diedAt.rfc3339
            attempts = letter.attempts
        }
    }

    /// `tocsin dead-letters list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists a tenant's dead letters, newest first.",
            discussion: "Example: tocsin dead-letters list acme-premium --limit 20 --output json")

        @Argument(help: "The tenant.") var tenant: TenantID
        @Option(help: "The most to list.") var limit = 50
        @Option(help: "How many to leave out first.") var offset = 0
        @Option(help: "text or json.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        func validate() throws {
            guard (1...10_000).contains(limit), offset >= 0 else {
                throw ValidationError("--limit takes 1 to 10000, --offset 0 or more")
            }
        }

        func run() async throws {
            try await Output.run(output) {
                let rows = try await deployment.withStreams { streams, _ in
                    try await streams.deadLetters(of: tenant, offset: offset, count: limit)
                }.map { Row($0) }
                switch output {
                case .json: try Output.json(rows)
                case .text:
                    Output.table(
                        [["ID", "KIND", "RECEIVER", "REASON", "GIVEN UP", "ATTEMPTS"]]
                            + rows.map { [$0.id, $0.kind, $0.receiver, $0.reason, $0.diedAt, "\($0.attempts)"] })
                }
            }
        }
    }

    /// `tocsin dead-letters show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Shows one dead letter with every attempt and its alerts' labels.",
            discussion: "Example: tocsin dead-letters show acme-premium 1f0c4a2e-…")

        @Argument(help: "The tenant.") var tenant: TenantID
        @Argument(help: "The dead letter's id.") var id: String
        @Option(help: "text or json.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        func run() async throws {
            try await Output.run(output) {
                let letter = try await deployment.withStreams { streams, _ in
                    let letter = try await streams.deadLetter(id, of: tenant)
                    if letter != nil {
                        let event = AuditEvent(.deadLetterRead, on: "dead_letter/\(id)", by: .command)
                        try await streams.recorder.record(event, in: tenant)
                    }
                    return letter
                }
                guard let letter else { throw DeadLettersCommand.unknown(id, tenant) }
                let row = detailed(letter)
                switch output {
                case .json: try Output.json(row)
                case .text: show(row)
                }
            }
        }

        private func detailed(_ letter: DeadLetter) -> Row {
            var row = Row(letter)
            row.attemptLog = letter.attemptLog
            do {
                let body = try letter.body.get()
                if letter.isNotification {
                    var reader = RecordReader(body)
                    let notification = try Notification(from: &reader)
                    row.status = notification.status.rawValue
                    row.groupKey = notification.groupKey
                    row.alerts = notification.alerts.map { labels(of: $0.alert) }
                } else {
                    row.alerts = try AlertDecoder.decode(
                        body, receivedAt: letter.diedAt, resolveTimeout: .seconds(300)
                    ).map(labels)
                }
            } catch {
                row.unreadable = (error as? any CodedError)?.code ?? "unreadable"
            }
            return row
        }

        private func labels(of alert: Alert) -> [String: String] {
            Dictionary(alert.labels.labels.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        }

        private func show(_ row: Row) {
            Output.table([
                ["id", row.id], ["kind", row.kind], ["receiver", row.receiver], ["reason", row.reason],
                ["given up", row.diedAt], ["status", row.status ?? "-"], ["group", row.groupKey ?? "-"],
            ])
            for attempt in row.attemptLog ?? [] { Output.line("attempt  " + attempt) }
            for alert in row.alerts ?? [] {
                Output.line(
                    "alert    "
                        + alert.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
            }
            if let unreadable = row.unreadable { Output.line("content  cannot be read: \(unreadable)") }
        }
    }

    /// `tocsin dead-letters replay`.
    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay", abstract: "Queues dead letters again.",
            discussion: "Example: tocsin dead-letters replay acme-premium --all --receiver slack-oncall")

        @Argument(help: "The tenant.") var tenant: TenantID
        @Argument(help: "The dead letters' ids.") var ids: [String] = []
        @Flag(help: "All of the tenant's dead letters.") var all = false
        @Option(help: "With --all: only those of this receiver.") var receiver: String?
        @Option(help: "text or json.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        func validate() throws { try DeadLettersCommand.validate(ids: ids, all: all) }

        func run() async throws {
            try await Output.run(output) {
                let count = try await deployment.withStreams { streams, _ in
                    try await DeadLettersCommand.change(.deadLetterReplay, ids, all, receiver, tenant, streams) {
                        try await streams.replayDeadLetter($0, of: tenant)
                    }
                }
                try DeadLettersCommand.report("replayed", count, output)
            }
        }
    }

    /// `tocsin dead-letters drop`.
    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "drop", abstract: "Deletes dead letters for good.",
            discussion: "Example: tocsin dead-letters drop acme-premium 1f0c4a2e-…")

        @Argument(help: "The tenant.") var tenant: TenantID
        @Argument(help: "The dead letters' ids.") var ids: [String] = []
        @Flag(help: "All of the tenant's dead letters.") var all = false
        @Option(help: "With --all: only those of this receiver.") var receiver: String?
        @Option(help: "text or json.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        func validate() throws { try DeadLettersCommand.validate(ids: ids, all: all) }

        func run() async throws {
            try await Output.run(output) {
                let count = try await deployment.withStreams { streams, _ in
                    try await DeadLettersCommand.change(.deadLetterDrop, ids, all, receiver, tenant, streams) {
                        try await streams.dropDeadLetter($0, of: tenant)
                    }
                }
                try DeadLettersCommand.report("dropped", count, output)
            }
        }
    }

    private static func unknown(_ id: String, _ tenant: TenantID) -> CommandError {
        CommandError(
            code: "dead_letter_unknown",
            message:
                "tenant \(tenant) has no dead letter \(id); a later one of the same group may have taken its place: "
                + "see tocsin dead-letters list \(tenant)",
            exitCode: .negative)
    }

    private static func validate(ids: [String], all: Bool) throws {
        guard ids.isEmpty == all else { throw ValidationError("name the dead letters' ids, or say --all") }
    }

    private static func change(
        _ action: AuditAction, _ ids: [String], _ all: Bool, _ receiver: String?, _ tenant: TenantID,
        _ streams: TenantStreams,
        _ body: (String) async throws -> Bool
    ) async throws -> Int {
        var chosen = ids
        if all {
            var offset = 0
            // All are listed before the first is changed, because a replayed one may come back while others wait.
            while true {
                let page = try await streams.deadLetters(of: tenant, offset: offset, count: 500)
                if page.isEmpty { break }
                offset += page.count
                chosen += page.filter { receiver == nil || $0.receiver == receiver }.map(\.id)
            }
        }
        let letters = chosen
        let names = letters.prefix(10).joined(separator: " ") + (letters.count > 10 ? " …" : "")
        let event = AuditEvent(
            action, on: "dead_letters/\(receiver ?? "")", by: .command,
            facts: [.init("asked", String(letters.count)), .init("ids", names)])
        return try await streams.recorder.around(event, in: tenant) {
            var count = 0
            for id in letters {
                if try await body(id) {
                    count += 1
                } else if !all {
                    throw unknown(id, tenant)
                }
            }
            return (count, AuditChange(facts: [.init("done", String(count))]))
        }
    }

    private static func report(_ word: String, _ count: Int, _ output: OutputFormat) throws {
        switch output {
        case .json: try Output.json([word: count])
        case .text: Output.line("\(word) \(count)")
        }
    }
}
