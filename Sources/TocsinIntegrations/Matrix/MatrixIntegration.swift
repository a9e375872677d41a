import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Sends messages to a room of Matrix, edits them later and answers them in a thread.
///
/// A request goes by the notification's id, so that the server makes one event of all attempts.
///
/// Settings: `server_url`, `token`, `room_id`; `channel_by_label` for rooms, `mention_by_label` for users (`@room` for
/// all), `title` and `message` as templates, `update_message`, `post_updates_to_thread`.
///
/// Source: <https://spec.matrix.org/latest/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid>, and there
/// "Event replacements", "Threading" and "User and room mentions".
struct MatrixIntegration: EditableMessages {
    let updates: MessageUpdates

    private let server: Secret
    private let token: Secret
    private let room: String
    private let roomByLabel: LabelChoice?
    private let mentionByLabel: LabelChoice?
    private let message: MatrixMessage
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        message = MatrixMessage(context)
        updates = MessageUpdates(reader, byDefault: true)
        roomByLabel = LabelChoice("channel_by_label", in: reader)
        mentionByLabel = LabelChoice("mention_by_label", in: reader)
        let room = reader.requiredString("room_id")
        if let room, !room.hasPrefix("!") {
            reader.report(
                "room_id_invalid", "'room_id' must be the room's id, such as !abc:example.org, and not its address",
                name: "room_id")
        }
        let (server, token) = (context.address("server_url"), context.secret("token"))
        guard let server, let token, let room else { return nil }
        self.server = server
        self.token = token
        self.room = room
    }

    func room(for notification: TocsinAlerts.Notification, now: Timestamp) throws -> String {
        roomByLabel?.choose(for: notification) ?? room
    }

    func request(_ delivery: Delivery, to target: MessageTarget) throws -> DeliveryRequest {
        let notification = delivery.notification
        let room =
            switch target {
            case .room(let room): room
            case .thread(let place), .message(let place): place.room
            }
        // Nobody is called for what has ended.
        let mention = notification.status == .firing ? mentionByLabel?.choose(for: notification) : nil
        let render = MessageRenderer(notification, now: delivery.now, zoneFile: zoneFile)
        let path = ["_matrix", "client", "v3", "rooms", room, "send", "m.room.message"]
        return http.request(
            method: "PUT",
            to: URLEscaping.append(segments: path + ["\(notification.id.text)-\(target.step)"], to: server),
            headers: [.secret("Authorization", "Bearer " + token.reveal())],
            body: try message.encode(notification, to: target, mention: mention, render))
    }

    private struct Answer: Decodable {
        let event: String?
        let code: String?
        let wait: Double?

        private enum CodingKeys: String, CodingKey {
            case event = "event_id"
            case code = "errcode"
            case wait = "retry_after_ms"
        }
    }

    private static func read(_ response: DeliveryResponse) -> Answer? {
        try? JSONDecoder().decode(Answer.self, from: Data(response.body))
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        let answer = MatrixIntegration.read(response)
        let hint = RetryAfter.read(response, now: now)
        let reason = FailureReason.status(response.status, word: MatrixIntegration.word(answer?.code ?? ""))
        switch response.status {
        case 200..<300:
            // Whoever answers without an event is no homeserver.
            guard answer?.event != nil else { return .retry(after: hint, reason: .invalidResponse) }
            return .delivered(vendorID: answer?.event)
        case 401, 403: return .reauthenticate(reason: reason)
        case 429:
            let wait = answer?.wait.map { Duration.milliseconds(Int64(min(max(0, $0), 86_400_000))) }
            return .retry(after: hint ?? wait, reason: .rateLimited)
        default: return common(response, now: now) ?? .reject(reason: reason)
        }
    }

    /// An error's code, if it is one: nothing else of an answer is repeated.
    private static func word(_ code: String) -> String {
        code.utf8.count <= 64 && code.allSatisfy { $0.isLetter || $0.isNumber || "_.".contains($0) } ? code : ""
    }

    func place(in response: DeliveryResponse, room: String) -> MessagePlace? {
        MatrixIntegration.read(response)?.event.map { MessagePlace(room: room, id: $0) }
    }
}
