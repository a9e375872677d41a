import Foundation
import TocsinAlerts
import TocsinConfiguration

/// Who is called: Alertmanager's setting `responders`, each part of which may be a template.
struct OpsgenieResponders: Sendable {
    private struct Responder: Sendable {
        let id: MessageTemplate
        let name: MessageTemplate
        let username: MessageTemplate
        let type: MessageTemplate
    }

    /// The vendor's limit.
    private static let maximum = 50

    private let all: [Responder]

    init(_ context: IntegrationContext) {
        all = context.sections("responders").map { section in
            defer { section.reader.finish() }
            return Responder(
                id: section.text("id"), name: section.text("name"), username: section.text("username"),
                type: section.text("type"))
        }
    }

    /// Writes the member, unless nobody is named.
    ///
    /// - Parameter isCut: Whether those are left out that the vendor has no room for.
    func write(_ render: MessageRenderer, isCut: Bool, to writer: inout JSONWriter) throws {
        var named: [[(String, String)]] = []
        for responder in all {
            let (id, name) = (try render(responder.id), try render(responder.name))
            let (username, type) = (try render(responder.username), try render(responder.type))
            // A responder may come from a label that not every alert has.
            guard [id, name, username, type].contains(where: { !$0.isEmpty }) else { continue }
            if type == "teams" {
                named += OpsgenieResponders.parts(of: name).map { [("name", $0), ("type", "team")] }
            } else {
                named.append(
                    [("id", id), ("name", name), ("username", username)].filter { !$0.1.isEmpty } + [("type", type)])
            }
        }
        guard !named.isEmpty else { return }
        writer.name("responders")
        writer.array { writer in
            for members in named.prefix(isCut ? OpsgenieResponders.maximum : named.count) {
                writer.object { writer in
                    for (name, text) in members { writer.member(name, text) }
                }
            }
        }
    }

    /// The parts of a list with commas that are not empty.
    static func parts(of text: String) -> [String] {
        text.trimmingCharacters(in: .whitespacesAndNewlines).split(separator: ",").map(String.init)
    }
}
