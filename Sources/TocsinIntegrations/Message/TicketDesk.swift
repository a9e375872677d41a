import TocsinAlerts
import TocsinCore

/// A vendor that keeps tickets which one request makes and one request changes.
///
/// A group has one ticket. Its id is kept; without one it is looked for by the group's marker before another is made,
/// so that an answer that got lost does not make a second ticket.
protocol TicketDesk: Integration {
    /// Asks for the ticket whose id was kept; `nil` if that is no id.
    func look(at id: String) -> DeliveryRequest?

    /// Asks for the newest ticket with the group's marker.
    func find(_ notification: Notification) -> DeliveryRequest

    /// Changes a ticket.
    ///
    /// - Parameter hasNote: Whether the note is to be added.
    func change(_ ticket: Ticket, by change: TicketChange, hasNote: Bool, for delivery: Delivery) throws
        -> DeliveryRequest

    /// The ticket that an answer tells of, if it does.
    func ticket(in response: DeliveryResponse) -> Ticket?

    /// Whether an answer to a change says that the ticket takes none any more.
    func isGone(_ response: DeliveryResponse) -> Bool
}

extension TicketDesk {
    func next(_ delivery: Delivery) throws -> DeliveryStep {
        guard let last = delivery.exchanges.last else {
            guard let request = TicketMemory(delivery.memory).id.flatMap(look) else { return search(delivery) }
            return .send(request, step: "ticket")
        }
        let outcome = outcome(of: last.response, now: delivery.now)
        if case .delivered = outcome {
            let found = ticket(in: last.response)
            switch last.step {
            case "ticket":
                return found.map { $0.state != .final } ?? false ? try act(delivery, on: found) : search(delivery)
            case "search": return try act(delivery, on: found)
            case "create": return end(delivery, told: true, id: found?.id)
            default: return end(delivery, told: true, id: target(of: delivery)?.id)
            }
        }
        switch last.step {
        case "ticket" where last.response.status == 404: return search(delivery)
        case "change" where isGone(last.response): return try replace(delivery)
        default: return .end(outcome, keep: nil)
        }
    }

    private func search(_ delivery: Delivery) -> DeliveryStep { .send(find(delivery.notification), step: "search") }

    /// The ticket that was found in this attempt.
    private func target(of delivery: Delivery) -> Ticket? {
        let exchange = delivery.exchanges.last { $0.step == "search" } ?? delivery.exchanges.first
        return exchange.flatMap { ticket(in: $0.response) }
    }

    private func act(_ delivery: Delivery, on ticket: Ticket?) throws -> DeliveryStep {
        let isKnown = delivery.answer(to: "search") == nil
        let change = TicketChange(delivery, to: ticket, isKnown: isKnown)
        guard let ticket, change != .create else {
            return change == .create ? try create(delivery) : end(delivery, told: false, id: nil)
        }
        guard change != .nothing else { return end(delivery, told: ticket.state == .open, id: ticket.id) }
        let hasNote = TicketMemory(delivery.memory).told != delivery.notification.alertDigest
        let request = try self.change(ticket, by: change, hasNote: hasNote, for: delivery)
        return .send(request, step: "change")
    }

    private func create(_ delivery: Delivery) throws -> DeliveryStep {
        .send(
            try request(for: delivery.notification, attempt: delivery.attempt, now: delivery.now), step: "create")
    }

    /// The ticket was deleted or closed for good meanwhile: that is an end too, and what fires needs a new one.
    private func replace(_ delivery: Delivery) throws -> DeliveryStep {
        delivery.notification.status == .firing ? try create(delivery) : end(delivery, told: false, id: nil)
    }

    private func end(_ delivery: Delivery, told: Bool, id: String?) -> DeliveryStep {
        let keep = TicketMemory(id: id, told: told ? delivery.notification : nil)
        return .end(.delivered(vendorID: id), keep: id == nil ? VendorMemory() : keep.record)
    }
}
