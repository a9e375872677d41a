import TocsinSealing

/// Reads an entry of a tenant's `masking`.
enum MaskingRuleReader {
    static func read(_ reader: MappingReader) -> MaskingRule? {
        let kinds = words("kinds", of: reader, SensitiveKind.self)
        let places = words("in", of: reader, MaskingPlace.self)
        let names = reader.stringList("names").map(Set.init)
        if !reader.has("action") { reader.report("value_missing", "say what becomes of it", name: "action") }
        let action = reader.oneOf("action", MaskingAction.self)
        if kinds == nil, names == nil {
            reader.report("value_missing", "name kinds, or the names of values that are masked as a whole")
        }
        reader.finish()
        guard let action, kinds != nil || names != nil else { return nil }
        return MaskingRule(
            places: places ?? Set(MaskingPlace.allCases), names: names, kinds: kinds, action: action)
    }

    /// A list of words of a kind; `all` stands for all of them.
    private static func words<Word: RawRepresentable & CaseIterable & Hashable>(
        _ name: String, of reader: MappingReader, _ type: Word.Type
    ) -> Set<Word>? where Word.RawValue == String {
        guard let texts = reader.stringList(name) else { return nil }
        if texts == ["all"] { return Set(Word.allCases) }
        for text in texts where Word(rawValue: text) == nil {
            reader.report(
                "value_invalid",
                "'\(text)' is not one of all, " + Word.allCases.map(\.rawValue).joined(separator: ", "), name: name)
        }
        return Set(texts.compactMap(Word.init(rawValue:)))
    }
}
