import TocsinCore

/// Makes receivers of those of an Alertmanager file, one for each way in which somebody is told.
enum AlertmanagerReceivers {
    static func all(of file: AlertmanagerObject) -> [ReceiverConfiguration] {
        file.objects("receivers").enumerated().flatMap { index, receiver in
            AlertmanagerReceiverKind.allCases.flatMap { kind in
                receiver.objects(kind.fieldName).enumerated().map { number, config in
                    ReceiverConfiguration(
                        id: id(receiver.text("name"), kind, number), name: receiver.text("name"),
                        channelType: kind.rawValue, sendResolved: config.bool("send_resolved"),
                        timeout: timeout(config), config: node(config, leavingOut: ["send_resolved"]),
                        configPath: "receivers[\(index)].\(kind.fieldName)[\(number)]")
                }
            }
        }
    }

    /// The longest name of a queue that is not cut.
    private static let maximumIDLength = 120

    /// What a queue and a log go by, which are parts of keys in Redis: there colons and spaces have a meaning.
    static func id(_ name: String, _ kind: AlertmanagerReceiverKind, _ number: Int) -> String {
        var id = ""
        for byte in (name + "/\(kind.rawValue)/\(number)").utf8 {
            if isPlain(byte) {
                id.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                id += digits.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        guard id.utf8.count > maximumIDLength else { return id }
        // The hash keeps apart what the cut makes the same.
        return id.prefix(maximumIDLength - 17) + "-" + Hexadecimal.encode(FNV64.hash(id.utf8))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "._/-".utf8.contains(byte)
        }
    }

    /// How long an attempt may take; Alertmanager's 0 stands for the time until the next notification of a group.
    private static func timeout(_ config: AlertmanagerObject) -> Duration {
        guard let timeout = GoDuration.parse(config.text("timeout")), timeout > .zero else { return .seconds(10) }
        return min(max(timeout, .milliseconds(100)), .seconds(300))
    }

    /// The settings of a receiver with Alertmanager's names.
    static func node(_ object: AlertmanagerObject, leavingOut names: Set<String> = []) -> ConfigurationNode {
        let members: [ConfigurationNode.Member] = object.schema.fields.compactMap { field in
            let value = object[field.name]
            guard !names.contains(field.name), !value.isEmpty || field.isEmptied(value) else { return nil }
            let place = object.location(of: field.name)
            return .init(name: field.name, location: place, node: node(value, at: place))
        }
        return ConfigurationNode(.mapping(members), at: object.location)
    }

    private static func node(_ value: AlertmanagerValue, at place: SourceLocation) -> ConfigurationNode {
        switch value {
        case .none: ConfigurationNode(.null, at: place)
        // Alertmanager's files have no references, so what looks like one is not.
        case .text(let text): ConfigurationNode(.scalar(text.replacing("${", with: "$${")), at: place)
        case .bool(let bool): ConfigurationNode(.scalar(bool ? "true" : "false"), at: place)
        case .integer(let number): ConfigurationNode(.scalar(String(number)), at: place)
        case .fraction(let number): ConfigurationNode(.scalar(String(number)), at: place)
        case .list(let items): ConfigurationNode(.sequence(items.map { node($0, at: place) }), at: place)
        case .map(let members):
            ConfigurationNode(
                .mapping(
                    members.sorted { $0.key < $1.key }.map {
                        .init(name: $0.key, location: place, node: node($0.value, at: place))
                    }), at: place)
        case .object(let object): node(object)
        }
    }
}

extension AlertmanagerField {
    /// Whether the value is a text that was emptied on purpose: without it the receiver would have the default again.
    func isEmptied(_ value: AlertmanagerValue) -> Bool {
        if case .text(let text) = value { return text.isEmpty && !initial.isEmpty }
        return false
    }
}

extension ConfigurationNode {
    /// A value that was not read from YAML here.
    init(_ value: Value, at location: SourceLocation) {
        self.value = value
        self.location = location
    }
}
