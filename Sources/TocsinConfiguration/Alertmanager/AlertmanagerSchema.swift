/// What a mapping of an Alertmanager file may hold.
struct AlertmanagerSchema: Sendable {
    /// Looks at a mapping whose fields have the right types, and fills in what follows from them.
    typealias Check = @Sendable (inout AlertmanagerObject) throws(AlertmanagerFault) -> Void

    /// Go's name of the type, for messages.
    let typeName: String
    /// Go's name of a list of it, for messages.
    let listName: String
    /// In the order in which they are printed.
    let fields: [AlertmanagerField]
    let defaults: [String: AlertmanagerValue]
    let check: Check
    private let positions: [String: Int]

    /// - Parameters:
    ///   - hasReader: A type that reads itself has another name in messages, most often `config.plain`.
    ///   - typeName: Go's name of such a type.
    init(
        _ name: String, hasReader: Bool = true, typeName: String = "config.plain", listName: String? = nil,
        _ fields: [AlertmanagerField],
        check: @escaping Check = { (_) throws(AlertmanagerFault) in }
    ) {
        self.typeName = hasReader ? typeName : "config." + name
        self.listName = listName ?? "[]*config." + name
        self.fields = fields
        self.check = check
        defaults = fields.reduce(into: [:]) { $0[$1.name] = $1.initial }
        positions = fields.enumerated().reduce(into: [:]) { $0[$1.element.name] = $1.offset }
    }

    func field(_ name: String) -> AlertmanagerField? { positions[name].map { fields[$0] } }
}

/// One field of a mapping.
struct AlertmanagerField: Sendable {
    /// What a value may be.
    enum Kind: Sendable {
        case text
        /// The path of a file; relative ones start from the folder of the configuration.
        case file
        /// A text that is never shown.
        case secret
        /// An address of HTTP.
        case url
        /// An address of HTTP that is a secret.
        case secretURL
        /// The same, or a template of one.
        case secretURLTemplate
        /// Any address; its password is never shown.
        case proxyURL
        case hostPort
        case bool
        /// One that is printed wherever it is said.
        case optionalBool
        case integer
        case unsigned
        case fraction
        /// Prometheus' durations: `1d12h`.
        case duration
        /// Go's durations: `1h30m0.5s`.
        case goDuration
        case tlsVersion
        case texts
        /// Texts that are never shown.
        case secretTexts
        /// Paths of files, as ``file``.
        case files
        case matchers
        case textMap
        case secretMap
        case secretListMap
        case patternMap
        /// Whatever YAML can say.
        case anything
        case anyMap
        case object(@Sendable () -> AlertmanagerSchema)
        /// Mappings by names that are not fixed.
        case objectMap(@Sendable () -> AlertmanagerSchema)
        case list(@Sendable () -> AlertmanagerSchema)
        /// A text, or a mapping whose field it is.
        case textOrObject(String, @Sendable () -> AlertmanagerSchema)
        /// A list of texts, or a mapping whose field it is.
        case textsOrObject(String, @Sendable () -> AlertmanagerSchema)
        case dates(AlertmanagerDates)
        case zone
    }

    let name: String
    let kind: Kind
    let initial: AlertmanagerValue
    /// Whether it is printed even where it has Go's zero value.
    let isAlwaysShown: Bool

    init(_ name: String, _ kind: Kind, _ initial: AlertmanagerValue = .none, isAlwaysShown: Bool = false) {
        self.name = name
        self.kind = kind
        self.initial = initial
        self.isAlwaysShown = isAlwaysShown
    }

    /// Fields of the same kind, which have no defaults.
    static func all(_ kind: Kind, _ names: String...) -> [AlertmanagerField] { names.map { .init($0, kind) } }

    /// A text with a default.
    static func text(_ name: String, _ initial: String = "") -> AlertmanagerField {
        .init(name, .text, initial.isEmpty ? .none : .text(initial))
    }

    /// A text whose default is the template of this kind and name.
    static func template(_ name: String, _ template: String) -> AlertmanagerField {
        .text(name, "{{ template \"\(template)\" . }}")
    }
}

extension AlertmanagerSchema {
    /// The reading of one kind of receiver.
    static func receiver(
        _ name: String, sendResolved: Bool, hasHTTP: Bool = true, _ fields: [AlertmanagerField],
        check: @escaping Check = { (_) throws(AlertmanagerFault) in }
    ) -> AlertmanagerSchema {
        var all = [AlertmanagerField("send_resolved", .bool, .bool(sendResolved), isAlwaysShown: true)]
        if hasHTTP { all.append(.init("http_config", .object { .httpConfig })) }
        return AlertmanagerSchema(name, all + fields, check: check)
    }
}
