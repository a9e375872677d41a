import TocsinAlerts

/// Which numbers were reached with a notification, kept between its attempts: the vendor knows no repeats.
struct TwilioProgress: Sendable {
    private let notification: String
    /// Numbers that took it.
    private(set) var reached: [String] = []
    /// Numbers that never will.
    private(set) var refused: [String] = []
    /// The vendor's code of the last refusal.
    private(set) var code = ""

    /// Reads what was kept; what belongs to another notification does not count.
    init(_ delivery: Delivery) {
        notification = delivery.notification.id.text
        guard delivery.memory["notification"] == notification else { return }
        reached = TwilioProgress.numbers(delivery.memory["reached"])
        refused = TwilioProgress.numbers(delivery.memory["refused"])
        code = delivery.memory["code"] ?? ""
    }

    private static func numbers(_ text: String?) -> [String] {
        (text ?? "").split(separator: " ").map(String.init)
    }

    mutating func reach(_ number: String) { reached.append(number) }

    mutating func refuse(_ number: String, code: String) {
        refused.append(number)
        self.code = code
    }

    /// Whether a number is settled.
    func isDone(_ number: String) -> Bool { reached.contains(number) || refused.contains(number) }

    /// What is to be kept until the notification is.
    var record: VendorMemory {
        var memory = VendorMemory()
        memory["notification"] = notification
        memory["reached"] = reached.joined(separator: " ")
        memory["refused"] = refused.joined(separator: " ")
        memory["code"] = code
        return memory
    }
}
