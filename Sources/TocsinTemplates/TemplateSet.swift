/// The named templates of a tenant, read from the default templates and its own files.
///
/// Templates are written in Go's `text/template` language with Alertmanager's functions. Reading and rendering touch
/// nothing outside: the same templates, data and environment always give the same text.
public struct TemplateSet: Sendable {
    /// What a rendering makes.
    public enum Form: Sendable, Hashable {
        /// Text as it is.
        case text
        /// HTML, in which every value is escaped for its place.
        case html
    }

    private var definitions: [String: TemplateDefinition] = [:]

    /// The names of the templates that others than the default ones define.
    ///
    /// An empty definition, which replaces nothing, is none.
    public private(set) var ownNames: Set<String> = []

    /// A set without templates.
    public init() {}

    /// Reads sources in order; later definitions replace earlier ones, unless they are empty.
    ///
    /// - Parameter sources: Names, which errors show and under which the text outside of definitions is kept, and texts.
    /// - Throws: ``TemplateError`` for the first that cannot be read.
    public init(sources: [(name: String, text: String)]) throws(TemplateError) {
        for (name, text) in sources { try add(name: name, text: text) }
    }

    /// The default templates, and on top of them others.
    ///
    /// - Throws: ``TemplateError`` for the first that cannot be read.
    public static func withDefaults(and sources: [(name: String, text: String)] = []) throws(TemplateError)
        -> TemplateSet
    {
        try TemplateSet(sources: [(DefaultTemplates.name, DefaultTemplates.text)] + sources)
    }

    /// Reads one more source.
    ///
    /// - Throws: ``TemplateError`` if it cannot be read; the set is then as before.
    public mutating func add(name: String, text: String) throws(TemplateError) {
        let source = TemplateSource(name: name, text: text)
        var next = definitions
        let read = try TemplateParser.parse(source, rootName: name)
        for definition in read { Self.define(definition, in: &next) }
        definitions = next
        if name != DefaultTemplates.name { ownNames.formUnion(read.filter { !$0.isEmpty }.map(\.name)) }
    }

    private static func define(_ definition: TemplateDefinition, in definitions: inout [String: TemplateDefinition]) {
        guard definition.isEmpty, definitions[definition.name] != nil else {
            definitions[definition.name] = definition
            return
        }
    }

    /// The names of the templates, sorted.
    public var names: [String] { definitions.keys.sorted() }

    /// Reads a text such as `{{ template "slack.default.title" . }}` that may use the set's templates.
    ///
    /// What comes out can be rendered many times, also at once.
    ///
    /// - Parameters:
    ///   - name: What errors call the text, such as the field of a receiver.
    ///   - limits: How much finding out the contexts of HTML may take.
    /// - Throws: ``TemplateError`` if it cannot be read, or if HTML cannot be escaped in one of its places.
    public func compile(
        _ text: String, as form: Form = .text, name: String = "", limits: TemplateLimits = TemplateLimits()
    ) throws(TemplateError) -> CompiledTemplate {
        let source = TemplateSource(name: name, text: text)
        var all = definitions
        for definition in try TemplateParser.parse(source, rootName: "") { Self.define(definition, in: &all) }
        // An empty text does not replace another of the same name, but there it is what is asked for.
        guard !text.isEmpty, let root = all[""] else { return CompiledTemplate(root: nil, definitions: [:]) }
        guard form == .html else { return CompiledTemplate(root: root, definitions: all) }
        let escaped = try HTMLAnalysis.escape(root, all, limits: limits, source: source)
        return CompiledTemplate(root: escaped[""], definitions: escaped)
    }

    /// Reads a text and renders it once.
    ///
    /// - Throws: ``TemplateError`` if it cannot be read or rendered.
    public func render(
        _ text: String, as form: Form = .text, data: TemplateValue, in environment: TemplateEnvironment
    ) throws(TemplateError) -> String {
        try compile(text, as: form, limits: environment.limits).render(data, in: environment)
    }
}

/// A text that has been read, ready to be rendered.
public struct CompiledTemplate: Sendable {
    fileprivate let root: TemplateDefinition?
    fileprivate let definitions: [String: TemplateDefinition]

    /// Renders it.
    ///
    /// - Throws: ``TemplateError`` if the data does not have what is asked for, or if a limit is reached.
    public func render(_ data: TemplateValue, in environment: TemplateEnvironment) throws(TemplateError) -> String {
        guard let root else { return "" }
        let run = TemplateRun(environment: environment, definitions: definitions, root: data)
        try run.render(root)
        return String(decoding: run.output, as: UTF8.self)
    }
}
