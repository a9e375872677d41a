/// Where in an HTML document a place is, as far as it decides how a value must be escaped there.
///
/// The rules are those of Go's `html/template`, so that templates written for it render to the same bytes.
struct HTMLContext: Hashable {
    enum State: String {
        case text, tag, attributeName, afterName, beforeValue, comment, rcdata, attribute, url, srcset
        case js, jsDoubleQuoted, jsSingleQuoted, jsTemplate, jsRegexp, jsBlockComment, jsLineComment
        case css, cssDoubleQuoted, cssSingleQuoted, cssDoubleQuotedURL, cssSingleQuotedURL, cssURL
        case cssBlockComment, cssLineComment
        /// Behind a `break` or `continue`.
        case dead
    }

    /// What ends the value of an attribute.
    enum Delimiter { case none, doubleQuote, singleQuote, spaceOrTagEnd }

    /// How far a URL has been read: what a value may be depends on it.
    enum URLPart { case none, beforeQuery, queryOrFragment, unknown }

    /// What a slash would begin in JavaScript.
    enum Slash { case regexp, division, unknown }

    enum Attribute { case none, script, scriptType, style, url, srcset }

    enum Element { case none, script, style, textarea, title }

    var state = State.text
    var delimiter = Delimiter.none
    var urlPart = URLPart.none
    var slash = Slash.regexp
    var attribute = Attribute.none
    var element = Element.none

    var isComment: Bool {
        switch state {
        case .comment, .jsBlockComment, .jsLineComment, .cssBlockComment, .cssLineComment: true
        default: false
        }
    }

    var isInTag: Bool {
        switch state {
        case .tag, .attributeName, .afterName, .beforeValue, .attribute: true
        default: false
        }
    }

    /// The context once a value is to be written here, which an attribute may start by.
    var nudged: HTMLContext {
        var context = self
        switch state {
        case .tag: context.state = .attributeName
        case .beforeValue:
            context.state = attribute.valueState
            context.delimiter = .spaceOrTagEnd
            context.attribute = .none
        case .afterName:
            context.state = .attributeName
            context.attribute = .none
        default: break
        }
        return context
    }

    /// The context behind two branches, or `nil` if it is not the same for both.
    func joined(with other: HTMLContext) -> HTMLContext? {
        if self == other || other.state == .dead { return self }
        if state == .dead { return other }
        var context = self
        context.urlPart = other.urlPart
        if context == other {
            context.urlPart = .unknown
            return context
        }
        context = self
        context.slash = other.slash
        if context == other {
            context.slash = .unknown
            return context
        }
        let (left, right) = (nudged, other.nudged)
        guard left != self || right != other else { return nil }
        return left.joined(with: right)
    }

    /// The name under which a template is kept that is called in this context.
    func mangled(_ name: String) -> String {
        guard state != .text else { return name }
        return "\(name)$\(state)_\(delimiter)_\(urlPart)_\(slash)_\(attribute)_\(element)"
    }
}

extension HTMLContext.Attribute {
    /// What the value of such an attribute is.
    var valueState: HTMLContext.State {
        switch self {
        case .none, .scriptType: .attribute
        case .script: .js
        case .style: .css
        case .url: .url
        case .srcset: .srcset
        }
    }
}

extension HTMLContext.Element {
    init(tagName: String) {
        switch tagName.lowercased() {
        case "script": self = .script
        case "style": self = .style
        case "textarea": self = .textarea
        case "title": self = .title
        default: self = .none
        }
    }

    /// What stands in such an element.
    var contentState: HTMLContext.State {
        switch self {
        case .none: .text
        case .script: .js
        case .style: .css
        case .textarea, .title: .rcdata
        }
    }

    /// The name that ends it.
    var tagName: [UInt8] {
        switch self {
        case .none: []
        case .script: Array("script".utf8)
        case .style: Array("style".utf8)
        case .textarea: Array("textarea".utf8)
        case .title: Array("title".utf8)
        }
    }
}
