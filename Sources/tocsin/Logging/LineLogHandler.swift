import Foundation
import Logging
import Synchronization
import TocsinCore

/// How log lines look.
enum LogFormat: String, CaseIterable {
    case logfmt
    case json
}

/// Writes one line per event to standard error: a constant message and its metadata.
struct LineLogHandler: LogHandler {
    let format: LogFormat
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    let clock: any WallClock

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        var fields: [(String, String)] = [
            ("time", clock.now().rfc3339Milliseconds), ("level", event.level.rawValue),
            ("message", "\(event.message)"),
        ]
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { fields.append((key, "\(value)")) }
        let line = fields.map { key, value in
            switch format {
            case .logfmt: key + "=" + LineLogHandler.logfmt(value)
            case .json: LineLogHandler.json(key) + ":" + LineLogHandler.json(value)
            }
        }
        let text = format == .json ? "{" + line.joined(separator: ",") + "}\n" : line.joined(separator: " ") + "\n"
        Output.write(Array(text.utf8), to: .standardError)
    }

    private static func logfmt(_ value: String) -> String {
        let isPlain =
            !value.isEmpty && value.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != 34 && $0 != 61 && $0 != 92 }
        return isPlain ? value : json(value)
    }

    /// A JSON string (RFC 8259); control characters are escaped, so that no value can forge a line.
    static func json(_ value: String) -> String {
        var out = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                out += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
