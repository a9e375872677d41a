import ArgumentParser
import TocsinAudit
import TocsinCore
import TocsinSealing
import TocsinStreams

extension MaskingCommand {
    /// `tocsin masking reveal`.
    struct Reveal: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reveal", abstract: "Reads what masking has encrypted in the lines of the standard input.",
            discussion: """
                That somebody has read it stands in the tenant's audit log. What was erased stays as it is.

                Example: tocsin masking reveal --tenant acme < message.txt
                """)

        @Option(help: "The tenant.") var tenant: TenantID
        @OptionGroup var deployment: DeploymentOptions

        func run() async throws {
            try await Output.run {
                try await deployment.withStreams { streams, configuration in
                    _ = try configuration.settings(of: tenant)
                    while let line = readLine(strippingNewline: true) {
                        Output.line(try await reveal(Array(line.utf8), streams))
                    }
                }
            }
        }

        private func reveal(_ line: [UInt8], _ streams: TenantStreams) async throws -> String {
            let tokens = SubjectCipher.tokens(in: line)
            let subjects = Set(tokens.map(\.subject)).sorted()
            guard !subjects.isEmpty else { return String(decoding: line, as: UTF8.self) }
            for subject in subjects {
                let event = AuditEvent(.subjectReveal, on: "subject/\(subject)", by: .command)
                try await streams.recorder.record(event, in: tenant)
            }
            let keys = try await streams.maskingKeys(of: subjects, tenant: tenant, making: false)
            var (text, end): ([UInt8], Int) = ([], 0)
            for token in tokens {
                guard let plain = keys[token.subject].flatMap({ token.open($0) }) else { continue }
                text += line[end..<token.range.lowerBound] + plain
                end = token.range.upperBound
            }
            return String(decoding: text + line[end...], as: UTF8.self)
        }
    }

    /// `tocsin masking erase`.
    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "erase", abstract: "Makes what masking has encrypted unreadable for good, wherever it stands.",
            discussion: """
                Takes the values from the lines of the standard input, so that they stand in no list of processes. Exit code 1 if
                none was known.

                Example: echo jane@example.com | tocsin masking erase --tenant acme
                """)

        @Option(help: "The tenant.") var tenant: TenantID
        @OptionGroup var deployment: DeploymentOptions

        func run() async throws {
            try await Output.run {
                let count = try await deployment.withStreams { streams, configuration in
                    _ = try configuration.settings(of: tenant)
                    var count = 0
                    while let line = readLine(strippingNewline: true) {
                        for kind in SensitiveKind.allCases.map(Optional.some) + [nil] {
                            if try await erase(Array(line.utf8), kind, streams) { count += 1 }
                        }
                    }
                    return count
                }
                guard count > 0 else {
                    throw CommandError(
                        code: "subject_unknown", message: "nothing was encrypted of these", exitCode: .negative)
                }
                Output.line("erased \(count); nodes that have just used one forget it within a minute")
            }
        }

        private func erase(_ text: [UInt8], _ kind: SensitiveKind?, _ streams: TenantStreams) async throws -> Bool {
            let subject = SubjectCipher.subject(of: text, kind: kind, key: streams.indexKey(of: tenant))
            guard try await streams.maskingKeys(of: [subject], tenant: tenant, making: false)[subject] != nil else {
                return false
            }
            let event = AuditEvent(.subjectErase, on: "subject/\(subject)", by: .command)
            return try await streams.recorder.around(event, in: tenant) {
                (try await streams.eraseMasked(subject, of: tenant), AuditChange())
            }
        }
    }
}
