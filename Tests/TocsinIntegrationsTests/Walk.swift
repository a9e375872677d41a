import TocsinIntegrations

/// An attempt, with answers that a test has chosen, to its end.
struct Walk {
    /// What was sent, in its order.
    var requests: [DeliveryRequest] = []
    /// The names of the steps.
    var steps: [String] = []
    /// How it ended; `nil` if the answers did not reach.
    var outcome: DeliveryOutcome?
    /// What was to be kept.
    var keep: VendorMemory?

    /// Takes the attempt through its steps, with one answer for each request.
    init(_ integration: any Integration, _ delivery: Delivery, answers: [DeliveryResponse]) throws {
        var delivery = delivery
        var left = answers[...]
        while true {
            switch try integration.next(delivery) {
            case .end(let outcome, let keep):
                self.outcome = outcome
                self.keep = keep
                return
            case .send(let request, let step):
                requests.append(request)
                steps.append(step)
                guard let answer = left.popFirst() else { return }
                delivery = delivery.answered(answer, to: step)
            }
        }
    }
}

extension DeliveryResponse {
    /// An answer with a JSON or text body.
    static func answer(_ status: Int, _ body: String = "", headers: [(name: String, value: String)] = [])
        -> DeliveryResponse
    {
        DeliveryResponse(status: status, headers: headers, body: Array(body.utf8))
    }
}
