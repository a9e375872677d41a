import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations
import TocsinTemplates

/// Takes one attempt through the steps that its integration asks for.
struct AttemptRunner: Sendable {
    /// How an attempt ended, and what it leaves behind.
    struct Ending {
        var outcome: DeliveryOutcome
        /// Whether anything was sent.
        var isUsed = true
        /// Whether the vendor may have it although it did not say so.
        var isUnclear = false
        /// What is to be kept for the group's next notification; `nil` leaves what there is.
        var keep: VendorMemory?
    }

    /// The most requests of one attempt, over all parts of a notification that was too large.
    private static let maximumRequests = 1000

    let receiver: TenantPlan.Receiver
    let transport: HTTPTransport
    /// What vendors' limits are kept with; `nil` to go without.
    let paces: PaceKeeper?
    let clock: any WallClock
    let console: @Sendable ([UInt8]) -> Void
    /// Is told what was asked and answered.
    var observe: @Sendable (DeliveryRequest, Result<DeliveryResponse, TransportFailure>) -> Void = { _, _ in }

    /// Makes the attempt.
    ///
    /// Never throws: whatever goes wrong is an outcome.
    func run(_ delivery: Delivery) async -> Ending {
        var requests = 0
        return await run(delivery, requests: &requests)
    }

    /// A notification that is too large is told in two halves, and they again if they are.
    private func run(_ delivery: Delivery, requests: inout Int) async -> Ending {
        let ending = await steps(of: delivery, requests: &requests)
        let alerts = delivery.notification.alerts
        guard case .split = ending.outcome, alerts.count > 1 else { return ending }
        var last = ending
        var memory = ending.keep ?? delivery.memory
        let halves = [alerts.prefix(alerts.count / 2), alerts.suffix(alerts.count - alerts.count / 2)]
        for (number, half) in zip(1..., halves) {
            last = await run(
                Delivery(
                    delivery.notification.part(number, telling: Array(half)), attempt: delivery.attempt,
                    isUnclear: delivery.isUnclear, memory: memory, now: delivery.now), requests: &requests)
            guard case .delivered = last.outcome else { break }
            memory = last.keep ?? memory
        }
        if last.keep == nil, memory != delivery.memory { last.keep = memory }
        return last
    }

    private func steps(of first: Delivery, requests: inout Int) async -> Ending {
        var delivery = first
        while true {
            let step: DeliveryStep
            do {
                step = try receiver.integration.next(delivery)
            } catch {
                let reason = FailureReason(ofRequest: error)
                // What a template makes of all alerts may be too long, and of half of them not.
                let isTooLong = (error as? TemplateError)?.kind == .limit
                return Ending(outcome: isTooLong ? .split(reason: reason) : .reject(reason: reason))
            }
            switch step {
            case .end(let outcome, let keep): return Ending(outcome: outcome, keep: keep)
            case .send(let request, let name):
                requests += 1
                guard requests <= AttemptRunner.maximumRequests else {
                    return Ending(outcome: .reject(reason: FailureReason("too_many_requests")))
                }
                if let wait = await paces?.leave(for: request) {
                    return Ending(outcome: .retry(after: wait, reason: .paced), isUsed: !delivery.exchanges.isEmpty)
                }
                CrashPoint.pass("delivery.send.before")
                let result = await send(request, of: delivery.notification.tenant)
                CrashPoint.pass("delivery.send.after")
                observe(request, result)
                switch result {
                case .success(let response):
                    await paces?.note(response, to: request)
                    delivery = delivery.answered(response, to: name)
                case .failure(let failure):
                    return Ending(
                        outcome: failure.outcome, isUnclear: failure.mayHaveArrived)
                }
            }
        }
    }

    private func send(
        _ request: DeliveryRequest, of tenant: TenantID
    ) async -> Result<DeliveryResponse, TransportFailure> {
        let timeout = receiver.configuration.timeout
        let minimumTLS: ClientTLS.Version = receiver.configuration.minimumTLS == .tls12 ? .tls12 : .tls13
        switch request.destination {
        case .console:
            console(request.body)
            return .success(DeliveryResponse(status: 200, headers: [], body: []))
        case .http: return await transport.send(request, of: tenant, timeout: timeout, minimumTLS: minimumTLS)
        case .smtp(let envelope):
            let mail = SMTPTransport(
                group: transport.eventLoopGroup, extraTrustRoots: transport.extraTrustRoots, names: transport.names)
            return await mail.send(
                request.body, to: envelope, tls: request.client.tls, minimumTLS: minimumTLS, timeout: timeout)
        }
    }
}
