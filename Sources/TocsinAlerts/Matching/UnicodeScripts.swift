/// The scripts of Unicode by name.
enum UnicodeScripts {
    /// The scalars of a script such as `Greek`, or `nil` if there is none of that name.
    static func ranges(of name: String) -> ScalarRanges? {
        var found: ScalarRanges?
        for line in RE2ScriptTable.text.utf8.split(separator: UInt8(ascii: "\n")) {
            let continues = line.first == UInt8(ascii: " ")
            var words = line.split(separator: UInt8(ascii: " "))[...]
            if continues {
                if found == nil { continue }
            } else {
                if found != nil { break }
                guard let first = words.popFirst(), first.elementsEqual(name.utf8) else { continue }
                found = ScalarRanges()
            }
            for word in words {
                let ends = word.split(separator: UInt8(ascii: "-")).compactMap { UInt32(Substring($0), radix: 16) }
                if let first = ends.first, let last = ends.last { found?.add(first, last) }
            }
        }
        found?.normalize()
        return found
    }
}
