import NIOCore
import Synchronization
import TocsinCore
import TocsinIntegrations

/// Looks at where a host's name leads before anything is sent there, and again at the connection that was made.
///
/// The first look spares a refused address even the first packet, the second is for names that lead elsewhere a moment later.
final class GuardedNames: Sendable {
    /// For how long a name that leads where it may is not asked for again.
    private static let timeToLive = Duration.seconds(30)
    private static let capacity = 4096

    let rule: AddressGuard
    private let lookup: NameLookup
    private let known = Mutex<[String: ContinuousClock.Instant]>([:])

    /// - Parameter resolve: Answers all addresses of a name; blocks its thread.
    init(
        _ rule: AddressGuard, resolve: @escaping @Sendable (String) -> [IPAddress] = { NameLookup.system($0) }
    ) {
        self.rule = rule
        lookup = NameLookup(resolve: resolve)
    }

    /// Looks at a host.
    ///
    /// - Throws: ``TransportFailure`` if it leads, also only in part, where nothing may be sent, or nowhere.
    func check(_ host: String) async throws(TransportFailure) {
        if let address = IPAddress(host.prefix { $0 != "%" }) {
            if let range = rule.refusal(of: address) { throw TransportFailure(disabling: .addressRefused(range)) }
            return
        }
        let now = ContinuousClock.now
        if let until = known.withLock({ $0[host] }), now < until { return }
        // Without an answer in time the connection is made, if it can be, and looked at before anything is sent over it.
        guard let addresses = await lookup.addresses(of: host) else { return }
        guard !addresses.isEmpty else { throw TransportFailure(retrying: .connectFailed) }
        for address in addresses {
            // For now only: a resolver that answers wrong may answer right at the next attempt.
            if let range = rule.refusal(of: address) {
                throw TransportFailure(retrying: .addressRefused(range), mayHaveArrived: false)
            }
        }
        known.withLock { known in
            if known.count >= Self.capacity { known = known.filter { now < $0.value } }
            if known.count >= Self.capacity { known.removeAll() }
            known[host] = now + Self.timeToLive
        }
    }

    /// Looks only at what needs no resolver: the host's own form.
    ///
    /// For hosts that a proxy looks for.
    func checkForm(_ host: String) throws(TransportFailure) {
        guard let address = IPAddress(host.prefix { $0 != "%" }), let range = rule.refusal(of: address) else { return }
        throw TransportFailure(disabling: .addressRefused(range))
    }

    /// Looks at a connection before a byte of a request is sent over it.
    func check(_ channel: any Channel) -> EventLoopFuture<Void> {
        // What is no Internet address is a socket of this machine.
        let address = channel.remoteAddress?.ipAddress.flatMap { IPAddress($0.prefix { $0 != "%" }) }
        guard let range = address.map(rule.refusal(of:)) ?? .loopback else {
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        channel.close(promise: nil)
        return channel.eventLoop.makeFailedFuture(
            TransportFailure(retrying: .addressRefused(range), mayHaveArrived: false))
    }
}

extension FailureReason {
    /// The receiver's address is one that nothing is sent to.
    static func addressRefused(_ range: AddressGuard.Range) -> FailureReason {
        FailureReason(
            "address_refused",
            detail:
                "it leads to an address that is \(range.words); if that is meant, delivery.allow_networks must name it")
    }
}

extension AddressGuard.Range {
    fileprivate var words: String {
        switch self {
        case .loopback: "this machine's own (loopback)"
        case .privateNetwork: "in a private network"
        case .linkLocal: "link-local"
        case .metadata: "where a cloud keeps its machines' secrets"
        case .multicast: "for many machines at once (multicast)"
        case .reserved: "reserved"
        }
    }
}
