import TocsinCore

/// An address of e-mail, with or without a name: RFC 5322, section 3.4, without groups and comments.
struct EmailAddress: Hashable {
    /// `ops@example.com`.
    let address: String

    /// Reads a list of addresses.
    ///
    /// - Throws: `FailureReason` with the code `address_invalid` if one of them is none.
    static func list(_ text: String) throws(FailureReason) -> [EmailAddress] {
        var addresses: [EmailAddress] = []
        for part in split(text) {
            let part = part.trimmed
            guard !part.isEmpty else { continue }
            addresses.append(try EmailAddress(part))
        }
        guard !addresses.isEmpty else { throw invalid }
        return addresses
    }

    private static let invalid = FailureReason("address_invalid")

    private init(_ text: String) throws(FailureReason) {
        var address = text
        if text.hasSuffix(">") {
            guard let start = text.lastIndex(of: "<") else { throw EmailAddress.invalid }
            address = String(text[text.index(after: start)...].dropLast())
        }
        guard EmailAddress.isAddress(address) else { throw EmailAddress.invalid }
        self.address = address
    }

    /// A dot-atom, `@`, a host name or an address literal; at most 254 bytes (RFC 5321, section 4.5.3.1.3).
    private static func isAddress(_ text: String) -> Bool {
        guard let at = text.lastIndex(of: "@"), text.utf8.count <= 254 else { return false }
        let (local, domain) = (text[..<at], text[text.index(after: at)...])
        let atoms = local.split(separator: ".", omittingEmptySubsequences: false)
        guard local.utf8.count <= 64, !domain.isEmpty,
            atoms.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isAtomByte) })
        else { return false }
        return domain.utf8.allSatisfy { isAtomByte($0) || ".[]:".utf8.contains($0) }
    }

    private static func isAtomByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
        }
    }

    /// At commas that stand in no quoted name.
    private static func split(_ text: String) -> [String] {
        var parts = [""]
        var isQuoted = false
        var isEscaped = false
        for character in text {
            if isEscaped {
                isEscaped = false
            } else if character == "\\", isQuoted {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if character == ",", !isQuoted {
                parts.append("")
                continue
            }
            parts[parts.count - 1].append(character)
        }
        return parts
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
