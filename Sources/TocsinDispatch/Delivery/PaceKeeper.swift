import Logging
import TocsinCore
import TocsinIntegrations
import TocsinStreams

/// Keeps all workers together to the limits that vendors set: so many requests a second, so many refusals.
struct PaceKeeper: Sendable {
    /// The longest wait for which a worker holds on to a notification; for longer ones it is handed back.
    private static let longestWait = Duration.seconds(1)

    let streams: TenantStreams
    let clock: any WallClock
    let logger: Logger

    /// Waits until the request may be sent.
    ///
    /// - Returns: In how long it is to be asked for again, if it may not go soon; `nil` if it may go now.
    func leave(for request: DeliveryRequest) async -> Duration? {
        guard !request.paces.isEmpty || request.refusals != nil else { return nil }
        let paces = request.paces.map {
            SharedPace(subject: $0.subject, perSecond: $0.perSecond, burst: $0.burst)
        }
        // Half is left for whoever else sends from this address.
        let vendor = request.refusals.map { (name: $0.vendor, refusals: max(1, $0.count / 2)) }
        do {
            switch try await streams.pace(paces, vendor: vendor, longestWait: PaceKeeper.longestWait) {
            case .go(let wait):
                if wait > .zero { try await clock.sleep(for: wait) }
                return nil
            case .wait(let wait): return wait
            }
        } catch is CancellationError {
            return PaceKeeper.longestWait
        } catch {
            // Without Redis nothing can be recorded either; the attempt would only be repeated.
            logger.debug("a vendor's limits could not be asked for", metadata: [LogKey.error: "\(error)"])
            return PaceKeeper.longestWait
        }
    }

    /// Counts an answer of refusal where they are counted.
    func note(_ response: DeliveryResponse, to request: DeliveryRequest) async {
        guard let limit = request.refusals, limit.statuses.contains(response.status) else { return }
        do {
            let count = try await streams.countRefusal(by: limit.vendor, window: .seconds(limit.seconds))
            if count == max(1, limit.count / 2) {
                logger.error(
                    "a vendor refuses too many requests from this address and is left alone for a while",
                    metadata: ["tocsin.vendor": "\(limit.vendor)"])
            }
        } catch {
            logger.warning("an answer of refusal could not be counted", metadata: [LogKey.error: "\(error)"])
        }
    }
}
