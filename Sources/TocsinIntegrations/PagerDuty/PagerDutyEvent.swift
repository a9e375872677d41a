import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinTemplates

/// An event as Alertmanager sends it to PagerDuty, for version 2 of the Events API or, with a service key, version 1.
///
/// Format: Alertmanager 0.25, `notify/pagerduty/pagerduty.go`.
struct PagerDutyEvent: Sendable {
    /// Which version of the vendor's interface an event is for.
    enum Version: Sendable {
        case one
        case two
    }

    private typealias Texts = [(name: String, text: MessageTemplate)]

    /// The address of version 1, which cannot be chosen.
    static let addressOfVersion1 = "https://events.pagerduty.com/generic/2010-04-15/create_event.json"

    /// The vendor's limit, in characters.
    private static let summaryLimit = 1024

    /// The settings that ask for this form and not for the native one.
    private static let names = [
        "service_key", "service_key_file", "client", "client_url", "description", "details", "images", "links",
        "source", "severity", "class", "component", "group",
    ]

    let version: Version
    private let key: MessageTemplate
    private let client: Texts
    private let description: MessageTemplate
    private let source: MessageTemplate
    private let severity: MessageTemplate
    private let optionalTexts: Texts
    private let details: [(name: String, value: TemplatedValue)]
    private let images: [Texts]
    private let links: [Texts]

    /// Whether the settings ask for this form.
    static func isWanted(_ reader: MappingReader) -> Bool { names.contains(where: reader.has) }

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        version = reader.has("service_key") || reader.has("service_key_file") ? .one : .two
        let standardClient = "{{ template \"pagerduty.default.client\" . }}"
        let client = context.text("client", default: standardClient)
        self.client = [
            ("client", client), ("client_url", context.text("client_url", template: "pagerduty.default.clientURL")),
        ]
        description = context.text("description", template: "pagerduty.default.description")
        source = reader.has("source") ? context.text("source") : client
        severity = context.text("severity", default: "error")
        optionalTexts = ["class", "component", "group"].map { ($0, context.text($0)) }
        details = PagerDutyEvent.details(context)
        images = PagerDutyEvent.items("images", ["src", "alt", "href"], context)
        links = PagerDutyEvent.items("links", ["href", "text"], context)
        let names = ["routing_key", "integration_key"]
        let name = version == .one ? "service_key" : names.first { reader.has($0) || reader.has($0 + "_file") }
        let key = context.secretTemplate(name ?? "routing_key")
        guard let key else { return nil }
        self.key = key
    }

    /// What is always told, unless the settings say otherwise.
    private static let standardDetails = [
        ("firing", "{{ template \"pagerduty.default.instances\" .Alerts.Firing }}"),
        ("num_firing", "{{ .Alerts.Firing | len }}"), ("num_resolved", "{{ .Alerts.Resolved | len }}"),
        ("resolved", "{{ template \"pagerduty.default.instances\" .Alerts.Resolved }}"),
    ]

    private static func details(_ context: IntegrationContext) -> [(name: String, value: TemplatedValue)] {
        var own: [(name: String, value: TemplatedValue)] = []
        if case .object(let members)? = TemplatedValue("details", in: context) { own = members }
        let names = Set(own.map(\.name))
        return own
            + standardDetails.filter { !names.contains($0.0) }.map {
                ($0.0, .text(context.template($0.1, name: "details")))
            }
    }

    private static func items(_ name: String, _ names: [String], _ context: IntegrationContext) -> [Texts] {
        context.sections(name).map { section in
            defer { section.reader.finish() }
            return names.map { ($0, section.text($0)) }
        }
    }

    /// - Parameter hasDetails: Whether there is room for details; an event that is too large has none anyway.
    /// - Returns: The event, and the key in it.
    func encode(
        _ notification: Notification, _ render: MessageRenderer, hasDetails: Bool
    ) throws -> (body: [UInt8], key: Secret) {
        let key = try render(self.key)
        guard !key.isEmpty else { throw FailureReason.vendorRefused }
        if hasDetails, let body = try withDetails(notification, render, key: key),
            body.count <= PagerDutyDetails.eventLimit
        {
            return (body, Secret(key))
        }
        return (try encode(notification, render, key: key, hasDetails: false), Secret(key))
    }

    /// - Returns: `nil` if the details are so large that they cannot even be rendered.
    private func withDetails(_ notification: Notification, _ render: MessageRenderer, key: String) throws -> [UInt8]? {
        do {
            return try encode(notification, render, key: key, hasDetails: true)
        } catch let error as TemplateError where error.kind == .limit {
            return nil
        }
    }

    private func encode(
        _ notification: Notification, _ render: MessageRenderer, key: String, hasDetails: Bool
    ) throws -> [UInt8] {
        let action = notification.status == .firing ? "trigger" : "resolve"
        let summary = Truncation.scalars(try render(description), limit: PagerDutyEvent.summaryLimit)
        var writer = JSONWriter()
        try writer.object { writer in
            switch version {
            case .one:
                writer.member("service_key", key)
                writer.member("incident_key", notification.groupKeyHash)
                writer.member("event_type", action)
                writer.memberUnlessEmpty("description", summary)
                try writeDetails("details", render, to: &writer, hasDetails: hasDetails)
            case .two:
                writer.member("routing_key", key)
                writer.member("dedup_key", notification.groupKeyHash)
                writer.member("event_action", action)
                try writePayload(summary, render, to: &writer, hasDetails: hasDetails)
                try write("images", images, render, to: &writer)
                try write("links", links, render, to: &writer)
            }
            guard version == .two || notification.status == .firing else { return }
            for (name, text) in try render(client) { writer.memberUnlessEmpty(name, text) }
        }
        return writer.bytes
    }

    private func writePayload(
        _ summary: String, _ render: MessageRenderer, to writer: inout JSONWriter, hasDetails: Bool
    ) throws {
        writer.name("payload")
        try writer.object { writer in
            writer.member("summary", summary)
            writer.member("source", try render(source))
            writer.member("severity", try render(severity))
            for (name, text) in try render(optionalTexts) { writer.memberUnlessEmpty(name, text) }
            try writeDetails("custom_details", render, to: &writer, hasDetails: hasDetails)
        }
    }

    private func writeDetails(
        _ name: String, _ render: MessageRenderer, to writer: inout JSONWriter, hasDetails: Bool
    ) throws {
        guard hasDetails else {
            let note = "Custom details have been removed because the original event exceeds the maximum size of 512KB"
            writer.member(name, [("error", note)])
            return
        }
        writer.name(name)
        try TemplatedValue.object(details).write(render, to: &writer) { $1.value($0) }
    }

    /// Writes a list without the items whose first text comes out empty: that is how users choose among them.
    private func write(
        _ name: String, _ items: [Texts], _ render: MessageRenderer, to writer: inout JSONWriter
    ) throws {
        let rendered = try items.map { try render($0) }.filter { $0.first.map { !$0.1.isEmpty } ?? false }
        guard !rendered.isEmpty else { return }
        writer.name(name)
        writer.array { writer in
            for members in rendered {
                writer.object { writer in
                    for (name, text) in members { writer.member(name, text) }
                }
            }
        }
    }
}
