import TocsinAlerts

/// What stands around an Adaptive Card in a message to a workflow.
enum TeamsEnvelope {
    /// - Parameter content: Writes the card's body and actions.
    static func encode(
        version: String, width: String, mention: TeamsMention? = nil,
        content: (inout JSONWriter) throws -> Void
    ) rethrows -> [UInt8] {
        var writer = JSONWriter()
        try writer.object { writer in
            writer.member("type", "message")
            writer.name("attachments")
            try writer.array { writer in
                try writer.object { writer in
                    writer.member("contentType", "application/vnd.microsoft.card.adaptive")
                    writer.name("contentUrl")
                    writer.value(json: "null".utf8)
                    writer.name("content")
                    try writer.object { writer in
                        writer.member("$schema", "http://adaptivecards.io/schemas/adaptive-card.json")
                        writer.member("type", "AdaptiveCard")
                        writer.member("version", version)
                        writer.name("msteams")
                        writer.object { writer in
                            writer.member("width", width)
                            mention?.writeEntity(to: &writer)
                        }
                        try content(&writer)
                    }
                }
            }
        }
        return writer.bytes
    }
}
