import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinRouting
import TocsinTemplates

/// Sends e-mail over a submission server: STARTTLS or TLS from the first byte, text and HTML.
///
/// The settings are Alertmanager's. A group's messages stand in one thread, and a message keeps its `Message-Id` over all
/// attempts, so that a server which got it twice may know.
/// Sources: RFC 5321, RFC 5322; Alertmanager 0.25, `notify/email/email.go`.
struct EmailIntegration: Integration {
    /// The name under which a thread's first message is kept.
    private static let thread = "message_id"

    private let to: MessageTemplate
    private let from: MessageTemplate
    private let headers: [(name: String, text: MessageTemplate)]
    private let subject: MessageTemplate
    private let html: MessageTemplate
    private let text: MessageTemplate?
    private let envelope: SMTPEnvelope
    private let tls: ClientTLS
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        zoneFile = context.zoneFile
        to = context.text("to")
        from = context.text("from")
        subject = context.template("{{ template \"email.default.subject\" . }}", name: "subject")
        html = context.text("html", template: "email.default.html", as: .html)
        text = reader.has("text") && reader.string("text")?.isEmpty == false ? context.text("text") : nil
        headers = EmailIntegration.headers(context)
        tls = reader.node("tls_config") == nil ? ClientTLS() : ClientTLS(reader.mapping("tls_config"))
        if reader.node("threading") != nil {
            // Messages of a group always stand in one thread.
            let threading = reader.mapping("threading")
            _ = (threading.bool("enabled"), threading.string("thread_by_date"))
            threading.finish()
        }
        for name in ["to", "from"] where reader.string(name)?.isEmpty ?? true {
            reader.report("setting_missing", "'\(name)' is missing", name: reader.has(name) ? name : nil)
        }
        guard let envelope = EmailIntegration.envelope(reader) else { return nil }
        self.envelope = envelope
    }

    private static func headers(_ context: IntegrationContext) -> [(name: String, text: MessageTemplate)] {
        context.texts("headers").filter { header in
            if EmailMessage.isHeaderName(header.name) { return true }
            context.reader.report("value_invalid", "'\(header.name)' is no name of a header", name: "headers")
            return false
        }
    }

    private static func envelope(_ reader: MappingReader) -> SMTPEnvelope? {
        let hello = reader.string("hello") ?? ""
        let isRequired = reader.bool("require_tls") ?? true
        let isImplicit = reader.bool("force_implicit_tls")
        let username = reader.string("auth_username") ?? ""
        let password = reader.secretOrFile("auth_password")
        let secret = reader.secretOrFile("auth_secret")
        let identity = reader.string("auth_identity") ?? ""
        guard let place = reader.requiredString("smarthost") else { return nil }
        guard let colon = place.lastIndex(of: ":"), let port = Int(place[place.index(after: colon)...]),
            (1...65_535).contains(port), colon != place.startIndex
        else {
            reader.report("value_invalid", "expected host:port, such as smtp.example.com:587", name: "smarthost")
            return nil
        }
        let host = place[..<colon].trimmingPrefix("[")
        return SMTPEnvelope(
            host: host.hasSuffix("]") ? String(host.dropLast()) : String(host), port: port,
            hello: hello.isEmpty ? "localhost" : hello,
            security: isImplicit ?? (port == 465) ? .implicit : isRequired ? .startTLS : .opportunistic,
            credentials: username.isEmpty
                ? nil
                : SMTPEnvelope.Credentials(
                    username: username, password: password ?? Secret(""), secret: secret ?? Secret(""),
                    identity: identity),
            from: "", recipients: [])
    }

    func next(_ delivery: Delivery) throws -> DeliveryStep {
        if let response = delivery.exchanges.last?.response {
            let outcome = outcome(of: response, now: delivery.now)
            guard case .delivered = outcome else { return .end(outcome, keep: nil) }
            var memory = delivery.memory
            memory[EmailIntegration.thread] =
                delivery.notification.status == .resolved
                ? nil
                : memory[EmailIntegration.thread] ?? messageID(of: delivery.notification, domain: domain(delivery))
            return .end(outcome, keep: memory)
        }
        return .send(try request(delivery), step: "send")
    }

    func request(
        for notification: Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest { try request(Delivery(notification, attempt: attempt, now: now)) }

    private func request(_ delivery: Delivery) throws -> DeliveryRequest {
        let notification = delivery.notification
        let render = MessageRenderer(notification, now: delivery.now, zoneFile: zoneFile)
        var envelope = envelope
        let (sender, recipients) = (try render(from), try render(to))
        let senders = try EmailAddress.list(sender)
        guard senders.count == 1 else { throw FailureReason("address_invalid", detail: "from") }
        envelope.from = senders[0].address
        envelope.recipients = try EmailAddress.list(recipients).map(\.address)
        var message = EmailMessage()
        let id = messageID(of: notification, domain: EmailIntegration.domain(of: envelope.from))
        var own = [
            ("To", recipients), ("From", sender), ("Subject", try render(subject)), ("Message-Id", id),
            ("Date", EmailIntegration.date(delivery.now)), ("Auto-Submitted", "auto-generated"),
        ]
        if notification.status == .firing, MessageText.severity(notification) == .critical {
            own.append(("X-Priority", "1"))
        }
        if let first = delivery.memory[EmailIntegration.thread], first != id {
            own += [("In-Reply-To", first), ("References", first)]
        }
        let given = try render(headers)
        let names = Set(given.map { $0.0.lowercased() })
        for (name, value) in own where !names.contains(name.lowercased()) { message.add(header: name, value) }
        for (name, value) in given { message.add(header: name, value) }
        message.add(part: "text/plain", try text.map { try render($0) } ?? plainText(notification))
        if !html.isEmpty { message.add(part: "text/html", try render(html)) }
        return DeliveryRequest(
            email: envelope, tls: tls, body: message.bytes(boundary: "_=" + notification.id.text),
            secrets: [envelope.credentials?.password, envelope.credentials?.secret].compactMap { $0 })
    }

    private func plainText(_ notification: Notification) -> String {
        let message = AlertMessage(notification, limit: 100)
        return ([message.title, ""] + message.plainLines).joined(separator: "\n") + "\n"
    }

    private func domain(_ delivery: Delivery) -> String {
        let render = MessageRenderer(delivery.notification, now: delivery.now, zoneFile: zoneFile)
        let sender = (try? render(from)).flatMap { try? EmailAddress.list($0).first?.address } ?? ""
        return EmailIntegration.domain(of: sender)
    }

    private static func domain(of address: String) -> String {
        address.lastIndex(of: "@").map { String(address[address.index(after: $0)...]) } ?? "localhost"
    }

    private func messageID(of notification: Notification, domain: String) -> String {
        "<\(notification.id.text)@\(domain)>"
    }

    /// RFC 5322, section 3.3, in UTC: `Wed, 25 Nov 2026 03:04:05 +0000`.
    private static func date(_ time: Timestamp) -> String {
        let text = time.rfc3339
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = (time.milliseconds / 86_400_000) % 7
        let parts = text.split { "-T:.Z".contains($0) }
        guard parts.count >= 6, let month = Int(parts[1]), (1...12).contains(month), day >= 0 else { return text }
        return
            "\(days[Int(day)]), \(parts[2]) \(months[month - 1]) \(parts[0]) \(parts[3]):\(parts[4]):\(parts[5]) +0000"
    }

    /// The reply's code, RFC 5321, section 4.2.
    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        let reason = FailureReason("smtp_\(response.status)", detail: response.header("step") ?? "")
        switch response.status {
        case 200..<300: return .delivered(vendorID: nil)
        case 530, 534, 535, 538: return .reauthenticate(reason: reason)
        case 400..<500: return .retry(after: nil, reason: reason)
        default: return .reject(reason: reason)
        }
    }
}
