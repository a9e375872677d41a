import TocsinAlerts
import TocsinCore

/// A message that is there: where it is and what the vendor calls it.
struct MessagePlace: Sendable {
    /// The channel or room, as the vendor calls it.
    let room: String
    /// The message.
    let id: String
    /// How often it was changed.
    var edits = 0

    /// What people and the API call it.
    var vendorID: String { room + "/" + id }
}

/// What becomes of a notification.
enum MessageTarget: Sendable {
    /// A new message in a room.
    case room(String)
    /// An answer to an earlier message.
    case thread(MessagePlace)
    /// In place of an earlier message.
    case message(MessagePlace)

    /// The step's name.
    var step: String {
        switch self {
        case .room: "post"
        case .thread: "reply"
        case .message: "update"
        }
    }
}

/// A vendor whose messages can be changed later and answered in a thread.
protocol EditableMessages: Integration {
    /// Whether that is wanted.
    var updates: MessageUpdates { get }
    /// Whether the vendor tells what it calls a message.
    var tellsPlaces: Bool { get }
    /// How often a message can be changed.
    var maximumEdits: Int { get }

    /// The channel or room that the settings choose.
    func room(for notification: Notification, now: Timestamp) throws -> String

    /// The request that brings a notification to its target.
    func request(_ delivery: Delivery, to target: MessageTarget) throws -> DeliveryRequest

    /// The message that an answer tells of.
    func place(in response: DeliveryResponse, room: String) -> MessagePlace?

    /// Whether a message that cannot be changed can still be answered.
    func canReply(afterFailedEdit response: DeliveryResponse) -> Bool
}

extension EditableMessages {
    var tellsPlaces: Bool { true }
    var maximumEdits: Int { .max }

    func canReply(afterFailedEdit response: DeliveryResponse) -> Bool { false }

    func request(for notification: Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest {
        let room = try self.room(for: notification, now: now)
        return try request(Delivery(notification, attempt: attempt, now: now), to: .room(room))
    }

    func next(_ delivery: Delivery) throws -> DeliveryStep {
        let room = try self.room(for: delivery.notification, now: delivery.now)
        func send(_ target: MessageTarget) throws -> DeliveryStep {
            .send(try request(delivery, to: target), step: target.step)
        }
        let known = knownPlace(in: delivery.memory, room: room)
        guard let last = delivery.exchanges.last else {
            return try send(first(delivery.notification, known: known, room: room))
        }
        let result = outcome(of: last.response, now: delivery.now)
        let posted = delivery.answer(to: "post").flatMap { place(in: $0, room: room) }
        let changed = changedPlace(known, in: delivery)
        let told = posted ?? changed ?? known
        let isTold = posted != nil || changed != nil
        // Once the message says it, its copy in a thread is not worth another message.
        guard isDelivered(result) || (last.step == "reply" && isTold && (posted != nil || isFinal(result))) else {
            guard last.step != "post", isFinal(result) else { return .end(result, keep: nil) }
            if last.step == "update", let known, canReply(afterFailedEdit: last.response) {
                return try send(.thread(known))
            }
            return try send(.room(room))
        }
        if last.step == "update", updates.repliesInThread, let known { return try send(.thread(known)) }
        if last.step == "post", updates.copyToThread, let posted { return try send(.thread(posted)) }
        return .end(.delivered(vendorID: told?.vendorID), keep: memory(of: told, room: room, delivery))
    }

    /// The known message, if this attempt changed it.
    private func changedPlace(_ known: MessagePlace?, in delivery: Delivery) -> MessagePlace? {
        guard var known, let answer = delivery.answer(to: "update"), isDelivered(outcome(of: answer, now: delivery.now))
        else { return nil }
        known.edits += 1
        return known
    }

    private func first(_ notification: Notification, known: MessagePlace?, room: String) -> MessageTarget {
        guard let known else { return .room(room) }
        if updates.edit(notification) {
            return known.edits < maximumEdits ? .message(known) : .thread(known)
        }
        return updates.repliesInThread ? .thread(known) : .room(room)
    }

    private func isDelivered(_ outcome: DeliveryOutcome) -> Bool {
        if case .delivered = outcome { true } else { false }
    }

    /// Whether the same request would fail again: the message is gone, or may not be changed any more.
    private func isFinal(_ outcome: DeliveryOutcome) -> Bool {
        switch outcome {
        case .reject, .disable: true
        default: false
        }
    }

    private func knownPlace(in memory: VendorMemory, room: String) -> MessagePlace? {
        guard tellsPlaces, updates.areWanted, memory["asked"] == room, let place = memory["room"],
            let id = memory["id"]
        else { return nil }
        return MessagePlace(room: place, id: id, edits: memory["edits"].flatMap { Int($0) } ?? 0)
    }

    /// What is to be known later: nothing once all has ended, since what fires then is another matter.
    private func memory(of place: MessagePlace?, room: String, _ delivery: Delivery) -> VendorMemory? {
        guard tellsPlaces, updates.areWanted else { return nil }
        var memory = VendorMemory()
        guard let place, delivery.notification.status == .firing else { return memory }
        memory["asked"] = room
        memory["room"] = place.room
        memory["id"] = place.id
        if place.edits > 0 { memory["edits"] = String(place.edits) }
        return memory
    }
}
