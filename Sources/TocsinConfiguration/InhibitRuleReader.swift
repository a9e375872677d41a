import TocsinAlerts
import TocsinRouting

/// Reads a rule by which alerts mute others.
enum InhibitRuleReader {
    static func read(_ reader: MappingReader) -> InhibitRule {
        defer { reader.finish() }
        let sources = matchers(reader, "source_matchers")
        let targets = matchers(reader, "target_matchers")
        for (name, found) in [("source_matchers", sources), ("target_matchers", targets)] where found.isEmpty {
            // Without a condition every alert would mute, or be muted by, every other.
            reader.report("setting_missing", "'\(name)' needs at least one matcher")
        }
        return InhibitRule(
            name: reader.string("name"), sourceMatchers: sources, targetMatchers: targets,
            equal: reader.stringList("equal") ?? [])
    }

    private static func matchers(_ reader: MappingReader, _ name: String) -> [Matcher] {
        var matchers: [Matcher] = []
        for text in reader.stringList(name) ?? [] {
            do {
                matchers += try Matcher.parseAll(text)
            } catch {
                reader.report("matcher_invalid", error.message, name: name)
            }
        }
        return matchers
    }
}
