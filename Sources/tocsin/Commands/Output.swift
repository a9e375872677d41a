import ArgumentParser
import Foundation
import TocsinCore

/// In which form a command prints data.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}

/// Prints data and errors, and ends the program with the right code.
enum Output {
    static func line(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

    static func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

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
            throw ExitCode(((error as? CommandError)?.exitCode ?? .unavailable).rawValue)
        }
    }
}
