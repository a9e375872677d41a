import TocsinAlerts

/// Where a message goes at Slack's.
enum SlackTarget: Sendable {
    /// A new message; to the webhook's own channel where none is named.
    case channel(String?)
    /// An answer to an earlier message.
    case thread(SlackPlace)
    /// In place of an earlier message.
    case message(SlackPlace)

    /// The method of the Web API.
    var method: String {
        if case .message = self { "chat.update" } else { "chat.postMessage" }
    }

    /// Whether it takes what only new messages have: a sender's name and picture.
    var isNew: Bool {
        if case .message = self { false } else { true }
    }

    func write(to writer: inout JSONWriter) {
        switch self {
        case .channel(let channel): writer.memberUnlessEmpty("channel", channel ?? "")
        case .thread(let place):
            writer.member("channel", place.channel)
            writer.member("thread_ts", place.ts)
        case .message(let place):
            writer.member("channel", place.channel)
            writer.member("ts", place.ts)
        }
    }
}

/// A message that is there: Slack names it by its channel's id and its time.
struct SlackPlace: Sendable {
    let channel: String
    let ts: String

    /// What people and the API call it.
    var vendorID: String { channel + "/" + ts }

    init?(channel: String?, ts: String?) {
        guard let channel, let ts, !channel.isEmpty, !ts.isEmpty else { return nil }
        self.channel = channel
        self.ts = ts
    }
}
