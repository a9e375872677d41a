extension Matcher {
    /// Reads one matcher, such as `severity="critical"`.
    ///
    /// As Alertmanager does by default since 0.27: what the rules of older versions can read is read by them, everything
    /// else by the newer rules, in which also names may be any text in quotes. Errors are those of the older rules.
    ///
    /// - Throws: ``MatcherError`` with Alertmanager's words, such as `bad matcher format: severity`.
    public static func parse(_ text: String) throws(MatcherError) -> Matcher {
        guard text.unicodeScalars.first != "{", text.unicodeScalars.last != "}" else {
            throw MatcherError(message: "unexpected open or close brace: \(text)")
        }
        let newer = readNewer(text)
        do throws(MatcherError) {
            return try ClassicMatcherReader.readOne(text[...])
        } catch {
            guard let only = newer?.first, newer?.count == 1 else { throw error }
            return only
        }
    }

    /// Reads matchers separated by commas, with or without braces around them, by the rules of ``parse(_:)``.
    ///
    /// - Throws: ``MatcherError`` with Alertmanager's words.
    public static func parseAll(_ text: String) throws(MatcherError) -> [Matcher] {
        do throws(MatcherError) {
            return try ClassicMatcherReader.readAll(text)
        } catch {
            guard let matchers = readNewer(text) else { throw error }
            return matchers
        }
    }

    private static func readNewer(_ text: String) -> [Matcher]? {
        do throws(MatcherError) {
            var reader = MatcherReader(text)
            return try reader.readAll()
        } catch {
            return nil
        }
    }
}
