extension RE2Parser {
    /// Reads `[…]`.
    mutating func parseClass() throws(RE2Error) -> RE2Tree.Index {
        let start = position
        var characters = RE2CharacterClass()
        position += 1
        if isNext("^") {
            characters.isNegated = true
            position += 1
        }
        var isFirst = true
        while !isNext("]") || isFirst {
            isFirst = false
            if try parsePOSIXClass(into: &characters) { continue }
            if try parseNamedClass(into: &characters) { continue }
            try parseRange(into: &characters, classStart: start)
        }
        position += 1
        characters.seal()
        return tree.add(characters)
    }

    private mutating func parseRange(into characters: inout RE2CharacterClass, classStart: Int) throws(RE2Error) {
        let start = position
        let first = try parseClassScalar(classStart: classStart)
        var last = first
        // A hyphen before the closing bracket is itself.
        if isNext("-"), let next = peek(1), next != Unicode.Scalar("]").value {
            position += 1
            last = try parseClassScalar(classStart: classStart)
            guard first <= last else { throw error(.characterRange, from: start, to: position) }
        }
        try count(ranges: 1)
        if flags.foldsCase { characters.foldedRanges.add(first, last) } else { characters.ranges.add(first, last) }
    }

    private mutating func parseClassScalar(classStart: Int) throws(RE2Error) -> UInt32 {
        guard let scalar = peek() else { throw error(.missingBracket, from: classStart) }
        if isNext("\\") { return try parseEscape() }
        position += 1
        return scalar
    }

    /// Reads `[:alpha:]` or `[:^alpha:]`, if that is what comes.
    private mutating func parsePOSIXClass(into characters: inout RE2CharacterClass) throws(RE2Error) -> Bool {
        guard isNext("["), isNext(":", at: 1), !hasNoMorePOSIXEnds else { return false }
        var end = position + 2
        while end + 1 < source.count, source[end] != 0x3A || source[end + 1] != 0x5D { end += 1 }
        guard end + 1 < source.count else {
            hasNoMorePOSIXEnds = true
            return false
        }
        let isNegated = isNext("^", at: 2)
        let name = text(from: position + (isNegated ? 3 : 2), to: end)
        guard let ranges = RE2NamedClasses.posix(name) else {
            throw error(.characterRange, from: position, to: end + 2)
        }
        position = end + 2
        try add(ranges, isNegated: isNegated, to: &characters)
        return true
    }

    /// Reads `\d` and its like or `\pL`, `\p{Greek}`, `\P{^Lu}`, if that is what comes.
    mutating func parseNamedClass(into characters: inout RE2CharacterClass) throws(RE2Error) -> Bool {
        guard isNext("\\"), let letter = peek(1) else { return false }
        if isNext("p", at: 1) || isNext("P", at: 1) {
            try parseUnicodeClass(into: &characters)
            return true
        }
        let isUpper = (0x41...0x5A).contains(letter)
        guard let ranges = RE2NamedClasses.perl(isUpper ? letter + 0x20 : letter) else { return false }
        position += 2
        try add(ranges, isNegated: isUpper, to: &characters)
        return true
    }

    private mutating func parseUnicodeClass(into characters: inout RE2CharacterClass) throws(RE2Error) {
        let start = position
        var isNegated = isNext("P", at: 1)
        var name = ""
        position += 2
        if isNext("{") {
            guard let end = source[start...].firstIndex(of: Unicode.Scalar("}").value) else {
                throw error(.characterRange, from: start)
            }
            name = text(from: position + 1, to: end)
            position = end + 1
        } else if peek() != nil {
            name = text(from: position, to: position + 1)
            position += 1
        }
        if name.unicodeScalars.first == "^" {
            isNegated.toggle()
            name = String(name.unicodeScalars.dropFirst())
        }
        if name == "Any" {
            try add(ScalarRanges([(0, ScalarRanges.maximumScalar)]), isNegated: isNegated, to: &characters)
        } else if let categories = UnicodeCategories(named: name) {
            add(categories, isNegated: isNegated, to: &characters)
        } else if let script = scripts[name] ?? UnicodeScripts.ranges(of: name) {
            scripts[name] = script
            try add(script, isNegated: isNegated, to: &characters)
        } else {
            throw error(.characterRange, from: start, to: position)
        }
    }

    private mutating func add(
        _ ranges: ScalarRanges, isNegated: Bool, to characters: inout RE2CharacterClass
    ) throws(RE2Error) {
        switch (flags.foldsCase, isNegated) {
        case (false, false):
            characters.ranges.add(ranges)
        case (false, true):
            characters.ranges.add(ranges.complement)
        case (true, false):
            characters.foldedRanges.add(ranges)
        case (true, true):
            // All folds are looked at, which costs as much as many ranges.
            try count(ranges: RE2FoldTable.runs.count)
            characters.ranges.add(RE2CaseFolding.closure(of: ranges).complement)
        }
        try count(ranges: ranges.ranges.count + 1)
    }

    private func add(_ categories: UnicodeCategories, isNegated: Bool, to characters: inout RE2CharacterClass) {
        switch (flags.foldsCase, isNegated) {
        case (false, false):
            characters.categories.formUnion(categories)
        case (false, true):
            characters.categories.formUnion(UnicodeCategories.all.subtracting(categories))
        case (true, false):
            characters.foldedCategories.formUnion(categories)
        case (true, true):
            // There are few names, so the list stays short when each is in it once.
            guard !characters.excludedFoldedCategories.contains(categories) else { return }
            characters.excludedFoldedCategories.append(categories)
        }
    }
}
