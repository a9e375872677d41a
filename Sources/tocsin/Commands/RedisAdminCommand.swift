import ArgumentParser
import Crypto
import Foundation
import TocsinCore
import TocsinStreams

/// `tocsin redis`.
struct RedisAdminCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redis", abstract: "Prints what Redis must allow.", subcommands: [AccessList.self])

    /// `tocsin redis acl`.
    struct AccessList: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "acl", abstract: "Prints the ACL user with the fewest rights under which Tocsin works.",
            discussion: """
                One line for Redis' file of users (aclfile). The rights are those of this version: print them again before \
                an upgrade, and give the user both lists until it is over. With --sentinel it is the user for Sentinels.

                Example: tocsin redis acl --password-file redis.password > users.acl
                Without a file: redis-cli ACL SETUSER $(tocsin redis acl --user tocsin | cut -d ' ' -f 2-)
                """)

        @Option(help: "The user's name.") var user = "tocsin"
        @Option(help: "A file that holds the user's password; what is printed holds its SHA-256 only.")
        var passwordFile: String?
        @Flag(help: "The servers are of Redis 7.2 or newer, and know WAITAOF.") var waitaof = false
        @Flag(help: "The rights at Sentinels instead of those at Redis.") var sentinel = false
        @Option(help: "text or json.") var output: OutputFormat = .text

        private struct Answer: Encodable {
            let user: String
            let rules: [String]
        }

        func validate() throws {
            guard !user.isEmpty, user.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
                throw ValidationError("--user is a name without spaces")
            }
        }

        func run() async throws {
            try await Output.run(output) {
                let rights = sentinel ? RedisAccess.sentinelRules : RedisAccess.rules(hasWaitAOF: waitaof)
                let rules = ["on", try password()] + rights
                switch output {
                case .json: try Output.json(Answer(user: user, rules: rules))
                case .text: print("user \(user) \(rules.joined(separator: " "))")
                }
            }
        }

        private func password() throws -> String {
            guard let passwordFile else { return "resetpass" }
            guard let data = FileManager.default.contents(atPath: passwordFile) else {
                throw CommandError(
                    code: "password_unreadable", message: "the password file cannot be read: is it there?",
                    exitCode: .badData)
            }
            let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
            guard !text.isEmpty else {
                throw CommandError(
                    code: "password_empty", message: "the password file is empty", exitCode: .badData)
            }
            return "#" + Hexadecimal.encode(SHA256.hash(data: Data(text.utf8)))
        }
    }
}
