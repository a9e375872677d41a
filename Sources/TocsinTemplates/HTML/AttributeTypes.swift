/// What the values of attributes are (HTML 4 and 5; `data-` and namespace prefixes do not count).
enum AttributeTypes {
    enum Kind { case plain, url, css, script, srcset, html, unsafe }

    private static let urls: Set<String> = [
        "action", "archive", "background", "cite", "classid", "codebase", "data", "formaction", "href", "icon",
        "longdesc", "manifest", "poster", "profile", "src", "usemap", "xmlns",
    ]

    /// Attributes that change what others or the document mean; a template may not name them by a value.
    private static let unsafe: Set<String> = [
        "accept-charset", "async", "challenge", "charset", "content", "crossorigin", "defer", "enctype", "form",
        "formenctype", "formmethod", "formnovalidate", "http-equiv", "keytype", "language", "method", "novalidate",
        "pattern", "rel", "sandbox", "type", "value",
    ]

    /// Plain attributes whose names look like a URL's.
    private static let plain: Set<String> = ["srclang"]

    /// What the value of an attribute is, by its name in lower case.
    static func kind(of attribute: String) -> Kind {
        var name = Substring(attribute)
        if name.hasPrefix("data-") {
            name = name.dropFirst(5)
        } else if let colon = name.firstIndex(of: ":") {
            if name[..<colon] == "xmlns" { return .url }
            name = name[name.index(after: colon)...]
        }
        let short = String(name)
        if urls.contains(short) { return .url }
        if unsafe.contains(short) { return .unsafe }
        switch short {
        case "style": return .css
        case "srcset": return .srcset
        case "srcdoc": return .html
        case _ where plain.contains(short): return .plain
        case _ where short.hasPrefix("on"): return .script
        case _ where ["src", "uri", "url"].contains(where: short.contains): return .url
        default: return .plain
        }
    }
}
