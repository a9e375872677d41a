import TocsinAlerts
import TocsinConfiguration

/// Whether later notifications of a group change the message that the first one made: Alertmanager's `update_message` and
/// `post_updates_to_thread`.
struct MessageUpdates: Sendable {
    private enum Edits {
        case never
        /// All but those that tell of alerts which nobody knows of: an edit rings nobody's phone.
        case whereNothingFires
        case always
    }

    private let edits: Edits
    /// Whether later notifications answer the first one in its thread, besides editing it or instead of that.
    let repliesInThread: Bool

    /// Reads the settings.
    ///
    /// - Parameters:
    ///   - standard: Whether messages are updated where nothing is set. Those in Alertmanager's form are not, as
    ///     Alertmanager does not.
    ///   - hasThreads: Whether the vendor has threads to answer in.
    init(_ reader: MappingReader, byDefault standard: Bool, hasThreads: Bool = true) {
        switch reader.bool("update_message") {
        case true?: edits = .always
        case false?: edits = .never
        case nil: edits = standard ? .whereNothingFires : .never
        }
        repliesInThread = hasThreads ? reader.bool("post_updates_to_thread") ?? false : false
    }

    /// Whether it edits the message that there is.
    func edit(_ notification: Notification) -> Bool {
        switch edits {
        case .never: false
        case .whereNothingFires: notification.reason != .newAlerts && notification.reason != .firstNotification
        case .always: true
        }
    }

    /// Whether anything has to be kept of what is sent.
    var areWanted: Bool { edits != .never || repliesInThread }

    /// Whether the first message is also the first answer in its own thread, where later edits cannot change it.
    var copyToThread: Bool { edits == .always && repliesInThread }
}
