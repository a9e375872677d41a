import ArgumentParser
import Foundation
import TocsinAlerts
import TocsinBench
import TocsinConfiguration
import TocsinCore
import TocsinRedis
import TocsinSealing
import TocsinStreams

/// In which form a command prints data.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}

/// Prints data and errors, and ends the program with the right code.
enum Output {
    static func line(_ text: String) { bytes(Array((text + "\n").utf8)) }

    static func note(_ text: String) { write(Array((text + "\n").utf8), to: .standardError) }

    static func bytes(_ bytes: [UInt8]) { write(bytes, to: .standardOutput) }

    /// A reader that has gone, or a disk that is full, is no reason to end a node.
    static func write(_ bytes: [UInt8], to handle: FileHandle) { try? handle.write(contentsOf: Data(bytes)) }

    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        line(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Columns as wide as their widest cell.
    static func table(_ rows: [[String]]) {
        guard let first = rows.first else { return }
        let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            var text = ""
            for (column, cell) in row.enumerated() {
                text += cell
                if column < row.count - 1 { text += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            line(text)
        }
    }

    private static func exit(for error: any CodedError) -> CommandError.Exit {
        switch error {
        case let error as CommandError: error.exitCode
        case let error as RedisError where error.kind == .invalidAddress: .usage
        case let error as StreamsError where error.isBadQuestion: .usage
        case is RedisError, is StreamsError: .unavailable
        case is WebConfigurationError: .configuration
        case let error as SealingError where error.code.hasPrefix("root_key"): .configuration
        case is SealingError, is AlertDecodingError: .badData
        case is BenchError: .unavailable
        default: .negative
        }
    }

    /// Runs a command's body; an error becomes one line on standard error and an exit code.
    static func run(_ format: OutputFormat = .text, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as any CodedError {
            if format == .json {
                line(
                    "{\"error\":{\"code\":\(LineLogHandler.json(error.code)),\"message\":\(LineLogHandler.json(error.message))}}"
                )
            }
            note("tocsin: \(error.message) (\(error.code))")
            throw ExitCode(exit(for: error).rawValue)
        }
    }
}
