import Crypto
import TocsinAlerts
import TocsinCore

extension Notification {
    /// What Alertmanager tells vendors that a group goes by: the same for all its notifications, and short.
    ///
    /// It must stay the same as Alertmanager's, so that what one opened the other can close.
    var groupKeyHash: String { Hexadecimal.encode(SHA256.hash(data: Array(groupKey.utf8))) }
}
