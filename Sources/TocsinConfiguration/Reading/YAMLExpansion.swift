// The parser inside Yams: Yams itself follows aliases before anybody can count them.
import CYaml

/// How many values a YAML text stands for once its aliases are followed.
///
/// By aliases of aliases, a few hundred bytes can stand for more values than memory holds.
enum YAMLExpansion {
    /// The most values of a file.
    static let limit = 200_000

    /// Whether the first document of a text stands for more than ``limit`` values.
    ///
    /// What is wrong with the text otherwise is not told here.
    static func isExcessive(_ text: String) -> Bool {
        // Without one there is nothing to follow, and most files have none.
        guard text.utf8.contains(UInt8(ascii: "*")) else { return false }
        var text = text
        return text.withUTF8 { bytes in
            var parser = yaml_parser_t()
            guard yaml_parser_initialize(&parser) == 1 else { return false }
            defer { yaml_parser_delete(&parser) }
            yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
            yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
            return count(&parser)
        }
    }

    private static func count(_ parser: inout yaml_parser_t) -> Bool {
        var sizes: [String: Int] = [:]
        var open: [(anchor: String?, size: Int)] = [(nil, 0)]
        func close(_ anchor: String?, _ size: Int) {
            if let anchor { sizes[anchor] = size }
            open[open.count - 1].size += size
        }
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(&parser, &event) == 1 else { return false }
            defer { yaml_event_delete(&event) }
            switch event.type {
            case YAML_ALIAS_EVENT: close(nil, name(event.data.alias.anchor).flatMap { sizes[$0] } ?? 1)
            case YAML_SCALAR_EVENT: close(name(event.data.scalar.anchor), 1)
            case YAML_SEQUENCE_START_EVENT: open.append((name(event.data.sequence_start.anchor), 1))
            case YAML_MAPPING_START_EVENT: open.append((name(event.data.mapping_start.anchor), 1))
            case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
                let ended = open.removeLast()
                close(ended.anchor, ended.size)
            case YAML_DOCUMENT_END_EVENT, YAML_STREAM_END_EVENT: return false
            default: break
            }
            if open[open.count - 1].size > limit { return true }
        }
    }

    private static func name(_ anchor: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        anchor.map { String(cString: $0) }
    }
}
