import TocsinAlerts
public import TocsinCore
import TocsinRouting

/// Writes down what an Alertmanager file says as the file of a tenant.
///
/// Secrets are not written; references to variables stand for them. A receiver that tells people in several ways
/// becomes several receivers, which the routes name together.
public struct AlertmanagerImport: Sendable {
    /// A variable that a file refers to.
    public struct Variable: Sendable {
        /// The variable's name.
        public let name: String
        /// What it has to be set to.
        public let value: Secret
        /// The setting it is from, such as `receivers[0].slack_configs[0].api_url`.
        public let path: String
    }

    /// The text for `tenants/<id>.yaml`.
    public let yaml: String
    /// The variables that must be set, in the order in which the text names them first.
    public let secrets: [Variable]

    /// Writes a configuration down.
    public init(_ configuration: AlertmanagerConfiguration) {
        var writer = TenantWriter(configuration: configuration)
        let node = writer.tenant()
        yaml = GoYAMLWriter.text(of: node)
        secrets = writer.secrets
    }
}

private struct TenantWriter {
    let configuration: AlertmanagerConfiguration
    private(set) var secrets: [AlertmanagerImport.Variable] = []
    private var variables: [String: String] = [:]
    private var taken: Set<String> = []
    /// The receivers that stand for one of Alertmanager's.
    private var names: [String: [String]] = [:]

    init(configuration: AlertmanagerConfiguration) { self.configuration = configuration }

    mutating func tenant() -> GoYAMLNode {
        let file = configuration.file
        let receivers = file.objects("receivers").enumerated().flatMap { receiver($1, index: $0) }
        var members: [GoYAMLNode.Member] = [
            .init(name: "resolve_timeout", node: .text(DurationText.format(configuration.resolveTimeout))),
            .init(name: "route", node: route(configuration.route)),
        ]
        func add(_ name: String, _ items: [GoYAMLNode]) {
            if !items.isEmpty { members.append(.init(name: name, node: .list(items))) }
        }
        add("receivers", receivers)
        add("inhibit_rules", configuration.inhibitRules.map(inhibitRule))
        add(
            "time_intervals",
            (file.objects("mute_time_intervals") + file.objects("time_intervals")).map(AlertmanagerOutput.node))
        add(
            "templates",
            configuration.templatePatterns.map { .text(AlertmanagerPath.join(configuration.directory, $0)) })
        return .map(members)
    }

    private mutating func receiver(_ receiver: AlertmanagerObject, index: Int) -> [GoYAMLNode] {
        let name = receiver.text("name")
        var nodes: [GoYAMLNode] = []
        let count = AlertmanagerReceiverKind.allCases.map { receiver.objects($0.fieldName).count }.reduce(0, +)
        for kind in AlertmanagerReceiverKind.allCases {
            for (number, config) in receiver.objects(kind.fieldName).enumerated() {
                let id = AlertmanagerReceivers.id(name, kind, number)
                let own = count == 1 && isName(name) ? name : id
                names[name, default: []].append(own)
                let path = "receivers[\(index)].\(kind.fieldName)[\(number)]"
                nodes.append(
                    .map([
                        .init(name: "name", node: .text(own)), .init(name: "channel_type", node: .text(kind.rawValue)),
                        .init(name: "send_resolved", node: .literal(config.bool("send_resolved") ? "true" : "false")),
                        .init(
                            name: "config",
                            node: settings(config, path: path, prefix: own, leavingOut: ["send_resolved"])),
                    ]))
            }
        }
        return nodes
    }

    /// What ``ReceiverConfiguration`` takes for a name.
    private func isName(_ name: String) -> Bool {
        name.utf8.count <= 128 && !name.contains(where: { $0 == ":" || $0.isWhitespace })
    }

    private mutating func settings(
        _ object: AlertmanagerObject, path: String, prefix: String, leavingOut names: Set<String> = []
    ) -> GoYAMLNode {
        var members: [GoYAMLNode.Member] = []
        for field in object.schema.fields where !names.contains(field.name) {
            // What is nowhere said in an Alertmanager file is said nowhere here either.
            let value = object[field.name]
            let isNoTimeout = field.name == "timeout" && GoDuration.parse(value.text) == .zero
            guard !value.isEmpty || field.isEmptied(value), !isNoTimeout else { continue }
            let node = setting(value, field.kind, path: path + "." + field.name, prefix: prefix + "_" + field.name)
            members.append(.init(name: field.name, node: node))
        }
        return .map(members)
    }

    private mutating func setting(
        _ value: AlertmanagerValue, _ kind: AlertmanagerField.Kind, path: String, prefix: String
    ) -> GoYAMLNode {
        switch (value, kind) {
        case (.text(let text), .secret), (.text(let text), .secretURL), (.text(let text), .secretURLTemplate),
            (.text(let text), .proxyURL), (.text(let text), .secretTexts):
            return reference(to: text, path: path, prefix: prefix)
        case (.text(let text), _): return .text(text.replacing("${", with: "$${"))
        case (.map(let members), _):
            var nodes: [GoYAMLNode.Member] = []
            for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                let node = setting(
                    value, kind.ofEntries, path: path + "." + name, prefix: prefix + "_" + name)
                nodes.append(.init(name: name, node: node))
            }
            return .map(nodes)
        case (.list(let items), _):
            var nodes: [GoYAMLNode] = []
            for item in items { nodes.append(setting(item, kind, path: path, prefix: prefix)) }
            return .list(nodes)
        case (.object(let object), _): return settings(object, path: path, prefix: prefix)
        case (.bool(let bool), _): return .literal(bool ? "true" : "false")
        case (.integer(let number), _): return .literal(String(number))
        case (.fraction(let number), _): return .literal(String(number))
        case (.none, _): return .literal("null")
        }
    }

    /// A reference to a variable with this value; one variable serves for all places with the same.
    private mutating func reference(to text: String, path: String, prefix: String) -> GoYAMLNode {
        if let name = variables[text] { return .text("${\(name)}") }
        let plain = String(
            prefix.uppercased().unicodeScalars.map {
                ("A"..."Z").contains($0) || ("0"..."9").contains($0) ? Character($0) : "_"
            })
        let base = plain.first?.isNumber ?? true ? "_" + plain : plain
        var name = base
        var number = 2
        while !taken.insert(name).inserted {
            name = "\(base)_\(number)"
            number += 1
        }
        variables[text] = name
        secrets.append(.init(name: name, value: Secret(text), path: path))
        return .text("${\(name)}")
    }

    private func route(_ route: RouteDefinition) -> GoYAMLNode {
        var members: [GoYAMLNode.Member] = []
        func add(_ name: String, _ texts: [String]) {
            members.append(.init(name: name, node: .list(texts.map { .text($0) })))
        }
        if let receivers = route.receivers { add("receivers", receivers.flatMap { names[$0] ?? [] }) }
        if !route.matchers.isEmpty { add("matchers", route.matchers.map(\.text)) }
        switch route.groupBy {
        case .labels(let labels)?: add("group_by", labels.sorted())
        case .all?: add("group_by", ["..."])
        case nil: break
        }
        for (name, duration) in [
            ("group_wait", route.groupWait), ("group_interval", route.groupInterval),
            ("repeat_interval", route.repeatInterval),
        ] {
            if let duration { members.append(.init(name: name, node: .text(DurationText.format(duration)))) }
        }
        if route.continues { members.append(.init(name: "continue", node: .literal("true"))) }
        if !route.muteTimeIntervals.isEmpty { add("mute_time_intervals", route.muteTimeIntervals) }
        if !route.activeTimeIntervals.isEmpty { add("active_time_intervals", route.activeTimeIntervals) }
        if !route.routes.isEmpty {
            members.append(.init(name: "routes", node: .list(route.routes.map { self.route($0) })))
        }
        return .map(members)
    }

    private func inhibitRule(_ rule: InhibitRule) -> GoYAMLNode {
        var members: [GoYAMLNode.Member] = []
        if let name = rule.name { members.append(.init(name: "name", node: .text(name))) }
        for (name, matchers) in [("source_matchers", rule.sourceMatchers), ("target_matchers", rule.targetMatchers)] {
            members.append(.init(name: name, node: .list(matchers.map { .text($0.text) })))
        }
        members.append(.init(name: "equal", node: .list(rule.equal.map { .text($0) })))
        return .map(members)
    }
}

extension AlertmanagerField.Kind {
    /// What the entries of a mapping are.
    fileprivate var ofEntries: AlertmanagerField.Kind {
        switch self {
        case .secretMap, .secretListMap: .secret
        default: .anything
        }
    }
}
