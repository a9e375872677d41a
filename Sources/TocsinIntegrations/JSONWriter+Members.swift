import Foundation
import TocsinAlerts

extension JSONWriter {
    /// Writes a member that is a text, unless there is nothing to say: Go's `omitempty`.
    mutating func memberUnlessEmpty(_ name: String, _ text: String) {
        if !text.isEmpty { member(name, text) }
    }

    /// Writes a member that is a list of texts, unless there is none.
    mutating func memberUnlessEmpty(_ name: String, _ texts: [String]) {
        guard !texts.isEmpty else { return }
        self.name(name)
        array { writer in
            for text in texts { writer.value(text) }
        }
    }

    /// Writes a member that is an object of texts.
    mutating func member(_ name: String, _ members: [(String, String)]) {
        self.name(name)
        object { writer in
            for (name, text) in members { writer.member(name, text) }
        }
    }

    /// Writes what a setting says: JSON where it is JSON, such as `5`, `true` or `{"value": "red"}`; otherwise a text.
    mutating func value(jsonOrText text: String) {
        let bytes = Array(text.utf8)
        if (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil {
            value(json: bytes)
        } else {
            value(text)
        }
    }
}
