import TocsinAlerts
import TocsinCore

/// One attempt: finds the group's issue, tells it what changed, and moves it on.
struct JiraAttempt {
    private enum Step: String {
        /// Looks at the issue whose key was kept.
        case issue
        /// Looks for an issue with the group's label.
        case search
        case create
        /// Writes the issue again, or adds a comment.
        case update
        case transitions
        case transition
    }

    let integration: JiraIntegration
    let delivery: Delivery
    let render: MessageRenderer

    private var notification: Notification { delivery.notification }
    private var door: JiraDoor { integration.door }
    private var memory: TicketMemory { TicketMemory(delivery.memory) }

    func next() throws -> DeliveryStep {
        guard let last = delivery.exchanges.last, let step = Step(rawValue: last.step) else {
            guard let key = memory.id else { return try search() }
            let fields = "fields=status,resolution,resolutiondate"
            return send(door.request("GET", "issue/\(key)", query: fields), .issue)
        }
        let outcome = integration.outcome(of: last.response, now: delivery.now)
        guard case .delivered = outcome else { return try recover(from: last.response, at: step, outcome) }
        switch step {
        case .issue: return try known == nil ? search() : change()
        case .search: return try change()
        case .create: return end(JiraIssue(last.response)?.key)
        case .update: return try move()
        case .transitions: return try choose(last.response)
        case .transition: return end(issue?.key)
        }
    }

    private func send(_ request: DeliveryRequest, _ step: Step) -> DeliveryStep { .send(request, step: step.rawValue) }

    /// The issue whose key was kept, if it is still the group's.
    private var known: JiraIssue? {
        guard let response = delivery.answer(to: Step.issue.rawValue), let issue = JiraIssue(response) else {
            return nil
        }
        return integration.rules.accepts(issue, status: notification.status, now: delivery.now) ? issue : nil
    }

    /// The group's issue.
    private var issue: JiraIssue? {
        delivery.answer(to: Step.search.rawValue).map { JiraIssue.first(in: $0) } ?? known
    }

    private func search() throws -> DeliveryStep {
        let query = integration.rules.query(
            label: integration.form.marker(notification), project: try integration.form.project(render),
            status: notification.status)
        return send(door.search(query), .search)
    }

    /// Tells the issue what changed, or makes one.
    private func change() throws -> DeliveryStep {
        guard let issue else {
            guard notification.status == .firing else { return end(nil) }
            return send(
                try integration.request(for: notification, attempt: delivery.attempt, now: delivery.now), .create)
        }
        let form = integration.form
        guard form.isAlertmanagers else {
            guard !isTold else { return try move() }
            let comment = form.comment(notification, isVersion3: door.isVersion3)
            return send(door.request("POST", "issue/\(issue.key)/comment", body: comment), .update)
        }
        let body = try form.encode(notification, render, isUpdate: true, isVersion3: door.isVersion3)
        return send(door.request("PUT", "issue/\(issue.key)", body: body), .update)
    }

    /// Whether the issue tells of these alerts already: it did before, or an attempt without an answer has made it.
    private var isTold: Bool {
        memory.told == notification.alertDigest
            || (delivery.isUnclear && known == nil && notification.status == .firing && issue?.isDone == false)
    }

    /// Moves the issue on where its status is not that of the group.
    private func move() throws -> DeliveryStep {
        guard let issue, issue.isDone == (notification.status == .firing) else { return end(self.issue?.key) }
        return send(door.request("GET", "issue/\(issue.key)/transitions"), .transitions)
    }

    private func choose(_ response: DeliveryResponse) throws -> DeliveryStep {
        guard let issue, let transitions = JiraTransitions(response) else {
            return .end(.retry(after: nil, reason: .invalidResponse), keep: progress)
        }
        let name = integration.rules.transition(for: notification.status)
        guard let id = transitions.id(named: name) else {
            return .end(.reject(reason: FailureReason("transition_missing", detail: name)), keep: progress)
        }
        var writer = JSONWriter()
        writer.object { $0.member("transition", [("id", id)]) }
        return send(door.request("POST", "issue/\(issue.key)/transitions", body: writer.bytes), .transition)
    }

    private func recover(
        from response: DeliveryResponse, at step: Step, _ outcome: DeliveryOutcome
    ) throws -> DeliveryStep {
        switch (step, response.status) {
        case (.issue, 404): return try search()
        // The issue was deleted meanwhile.
        case (.update, 404), (.transitions, 404), (.transition, 404):
            guard notification.status == .firing else { return end(nil) }
            return send(
                try integration.request(for: notification, attempt: delivery.attempt, now: delivery.now), .create)
        // Somebody moved the issue meanwhile: from where it is now, other ways lead on.
        case (.transition, 400) where delivery.exchanges.count { $0.step == Step.transition.rawValue } < 2:
            return try move()
        default: return .end(outcome, keep: progress)
        }
    }

    /// What is kept of an attempt that failed after a comment: it is not written again.
    private var progress: VendorMemory? {
        guard let key = issue?.key, let answer = delivery.answer(to: Step.update.rawValue),
            (200..<300).contains(answer.status)
        else { return nil }
        return TicketMemory(id: key, told: notification).record
    }

    /// The end of an attempt; an issue that is never opened again is forgotten with its group's end.
    private func end(_ key: String?) -> DeliveryStep {
        let isKept = notification.status == .firing || integration.rules.reopens
        let keep = isKept && key != nil ? TicketMemory(id: key, told: notification).record : VendorMemory()
        return .end(.delivered(vendorID: key), keep: keep)
    }
}
