import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinTemplates

/// What an integration is made from: its settings, and the tenant's templates that texts among them may use.
struct IntegrationContext {
    let reader: MappingReader
    let templates: TemplateSet
    let zoneFile: ZoneFile

    /// The same for a section of the settings.
    func section(_ reader: MappingReader) -> IntegrationContext {
        IntegrationContext(reader: reader, templates: templates, zoneFile: zoneFile)
    }

    /// The same for each section of a list.
    func sections(_ name: String) -> [IntegrationContext] { reader.mappings(name).map(section) }

    /// A text.
    ///
    /// - Parameter standard: The text where none is given.
    func text(_ name: String, default standard: String = "", as form: TemplateSet.Form = .text) -> MessageTemplate {
        template(reader.string(name) ?? standard, as: form, name: name)
    }

    /// A text that is, where none is given, one of the default templates.
    func text(_ name: String, template: String, as form: TemplateSet.Form = .text) -> MessageTemplate {
        text(name, default: "{{ template \"\(template)\" . }}", as: form)
    }

    /// Whether the message is to have Alertmanager's form: one of its texts is set, or the tenant's own templates
    /// define one of those that Alertmanager takes where none is set.
    ///
    /// - Parameters:
    ///   - names: The settings that are such texts.
    ///   - kind: What Alertmanager calls the vendor in the names of its templates.
    func wantsTexts(_ names: [String], of kind: String) -> Bool {
        names.contains(where: reader.has) || templates.ownNames.contains { $0.hasPrefix(kind + ".default.") }
    }

    /// Texts by name.
    func texts(_ name: String) -> [(name: String, text: MessageTemplate)] {
        (reader.stringMap(name) ?? []).map { ($0.name, template($0.value.reveal(), name: name)) }
    }

    /// A secret, inline or in a file, that may be a template: some choose a key by an alert's labels.
    func secretTemplate(_ name: String) -> MessageTemplate? {
        secret(name).map { template($0.reveal(), name: name) }
    }

    /// A secret, inline or in a file, that must be there and not empty.
    func secret(_ name: String) -> Secret? {
        let isInFile = reader.has(name + "_file")
        guard isInFile || reader.has(name) else {
            for name in [name, name + "_file"] { _ = reader.node(name) }
            reader.report("setting_missing", "'\(name)' is missing")
            return nil
        }
        let secret = reader.secretOrFile(name)
        // A file that cannot be read was told of already.
        if secret?.reveal().isEmpty ?? !isInFile {
            reader.report("setting_missing", "'\(name)' must not be empty", name: name)
            return nil
        }
        return secret
    }

    /// The address of a server, inline or in a file.
    ///
    /// - Parameter standard: The vendor's own; without one it must be given.
    func address(_ name: String, default standard: String? = nil) -> Secret? {
        let isInFile = reader.has(name + "_file")
        if !isInFile, !reader.has(name) {
            _ = reader.node(name)
            if let standard { return Secret(standard) }
            reader.report("setting_missing", "'\(name)' is missing")
            return nil
        }
        return isInFile ? reader.secretOrFile(name) : reader.url(name)
    }

    /// A text that was read already.
    ///
    /// - Parameter name: The setting that it is from, for messages.
    func template(_ text: String, as form: TemplateSet.Form = .text, name: String) -> MessageTemplate {
        do throws(TemplateError) {
            return try MessageTemplate(text, as: form, name: name, templates: templates)
        } catch {
            reader.report("template_invalid", error.message, name: name)
            return MessageTemplate("")
        }
    }

    /// Tells that a setting of Alertmanager's is read but has no effect here.
    func ignore(_ name: String, because reason: String) {
        if reader.bool(name) == true {
            reader.report("setting_ignored", "'\(name)' has no effect: \(reason)", name: name, severity: .warning)
        }
    }
}
