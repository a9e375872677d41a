import ArgumentParser
import Foundation
import TocsinConfiguration
import TocsinCore
import TocsinSealing

/// `tocsin masking`.
struct MaskingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "masking", abstract: "Shows what a tenant's masking rules make of texts.",
        subcommands: [Try.self, Reveal.self, Erase.self])

    /// `tocsin masking try`.
    struct Try: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "try", abstract: "Masks the lines of the standard input.",
            discussion: """
                Hashes are made with a key of this run, not with the tenant's, and what would be encrypted is redacted. Nothing
                is kept.

                Example: echo 'call +1 212 555 0123' | tocsin masking try --tenant acme --annotation description
                """)

        @Option(help: "The tenant whose rules count. Default: everything that can be found is redacted.")
        var tenant: TenantID?
        @Option(help: "The lines are values of this label.") var label: String?
        @Option(help: "The lines are values of this annotation. Default: of 'description'.") var annotation: String?
        @Flag(help: "Print what is found in each line, as JSON, instead.") var spans = false
        @Option(help: "The configuration file.") var config = "tocsin.yaml"

        private struct Find: Encodable {
            let kind: String
            let start: Int
            let end: Int
        }

        func run() async throws {
            try await Output.run {
                let policy = try policy()
                let keys = MaskingKeys(index: RootKey.generate().fleetIndexKey)
                let (place, name): (MaskingPlace, String) =
                    label.map { (.labels, $0) } ?? (.annotations, annotation ?? "description")
                let scanner = SensitiveScanner()
                while let line = readLine(strippingNewline: true) {
                    let bytes = Array(line.utf8)
                    if spans {
                        let finds = scanner.spans(in: bytes).map {
                            Find(kind: $0.kind.rawValue, start: $0.bytes.lowerBound, end: $0.bytes.upperBound)
                        }
                        Output.line(String(decoding: try JSONEncoder().encode(finds), as: UTF8.self))
                    } else {
                        let masked = bytes.withUnsafeBufferPointer {
                            policy.masked($0, in: place, name: name, keys: keys)
                        }
                        Output.line(masked.map { String(decoding: $0, as: UTF8.self) } ?? line)
                    }
                }
            }
        }

        private func policy() throws -> MaskingPolicy {
            guard let tenant else {
                return MaskingPolicy([MaskingRule(kinds: Set(SensitiveKind.allCases), action: .redact)])
            }
            return try TocsinConfiguration.load(printing: config).settings(of: tenant).masking
        }
    }
}
