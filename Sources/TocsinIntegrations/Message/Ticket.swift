import Crypto
import TocsinAlerts
import TocsinCore

/// A group's ticket, as its vendor tells of it.
struct Ticket: Sendable, Hashable {
    /// What a notification may do with it.
    enum State: Sendable, Hashable {
        /// Somebody may be working on it.
        case open
        /// It is over, but can be opened again.
        case closed
        /// It is over for good, or must not be opened again.
        case final
    }

    /// What the vendor calls it.
    let id: String
    let state: State
}

/// What a notification does to a group's ticket.
enum TicketChange: Sendable, Hashable {
    case create
    /// Opens it again, with a note.
    case reopen
    /// Adds a note.
    case note
    /// Ends it, with a note unless that was added already.
    case close
    case nothing

    /// - Parameters:
    ///   - ticket: The group's ticket, if there is one.
    ///   - isKnown: Whether its id was kept; otherwise it was found by the group's marker.
    init(_ delivery: Delivery, to ticket: Ticket?, isKnown: Bool) {
        let isFiring = delivery.notification.status == .firing
        switch ticket?.state {
        case nil, .final: self = isFiring ? .create : .nothing
        case .closed: self = isFiring ? .reopen : .nothing
        case .open:
            // A ticket that is found after an attempt without an answer is what that attempt made.
            let isTold = TicketMemory(delivery.memory).told == delivery.notification.alertDigest
            let isOwn = delivery.isUnclear && !isKnown
            self = !isFiring ? .close : isTold || isOwn ? .nothing : .note
        }
    }
}

/// What is kept of a group's ticket.
struct TicketMemory: Sendable {
    /// What the vendor calls it.
    var id: String?
    /// The alerts that it tells of: a note is worth its noise only if they changed.
    var told: String?

    /// Reads what was kept.
    init(_ memory: VendorMemory) {
        id = memory["ticket"]
        told = memory["told"]
    }

    /// - Parameter told: The notification that the ticket tells of, if it does.
    init(id: String?, told: Notification?) {
        self.id = id
        self.told = told?.alertDigest
    }

    /// What is to be kept.
    var record: VendorMemory {
        var memory = VendorMemory()
        (memory["ticket"], memory["told"]) = (id, told)
        return memory
    }
}

extension Notification {
    /// Stands for the group and receiver in a ticket, by which it is found: no space, 39 characters.
    var ticketMarker: String {
        let digest = SHA256.hash(data: Array("\(tenant)\n\(receiver)\n\(groupKey)".utf8))
        return "tocsin-" + Hexadecimal.encode(digest.prefix(16))
    }

    /// Stands for which alerts fire and which have ended.
    var alertDigest: String {
        let alerts = alerts.map { Hexadecimal.encode($0.alert.fingerprint) + $0.status.rawValue }.sorted()
        let digest = SHA256.hash(data: Array((alerts + ["\(truncatedAlerts)"]).joined(separator: "\n").utf8))
        return Hexadecimal.encode(digest.prefix(8))
    }
}
