import NIOCore
import NIOPosix
import Synchronization
import TocsinCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Asks the system's resolver for the addresses of a name, for a bounded time and on threads of its own.
///
/// The resolver blocks its thread for as long as a name's servers let it, and a tenant chooses the name: on shared threads a few
/// dead names would hold up everybody.
struct NameLookup: Sendable {
    /// How long anybody waits for an answer.
    static let patience = Duration.seconds(2)
    /// How many questions may be under way at once.
    private static let most = 32

    private let resolve: @Sendable (String) -> [IPAddress]
    /// Never ended, like the process' other pools: its threads wait for names and hold nothing.
    private static let threads: NIOThreadPool = {
        let threads = NIOThreadPool(numberOfThreads: most)
        threads.start()
        return threads
    }()
    private let asking = Asking()

    /// The names that are being asked for; each is asked for once at a time.
    private final class Asking: Sendable {
        let names = Mutex<Set<String>>([])
    }

    /// An answer, or that it took too long, whichever comes first.
    private final class Answer: Sendable {
        private let waiter: Mutex<CheckedContinuation<[IPAddress]?, Never>?>

        init(_ waiter: CheckedContinuation<[IPAddress]?, Never>) { self.waiter = Mutex(waiter) }

        func give(_ addresses: [IPAddress]?) {
            let waiter = waiter.withLock { waiter in
                defer { waiter = nil }
                return waiter
            }
            waiter?.resume(returning: addresses)
        }
    }

    /// - Parameter resolve: Answers all addresses of a name; blocks its thread.
    init(resolve: @escaping @Sendable (String) -> [IPAddress]) { self.resolve = resolve }

    /// All addresses of a name; none if it has none, and `nil` if that is not known in time.
    func addresses(of host: String) async -> [IPAddress]? {
        let isFree = asking.names.withLock { names in
            names.count < Self.most && names.insert(host).inserted
        }
        guard isFree else { return nil }
        return await withCheckedContinuation { continuation in
            let answer = Answer(continuation)
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let limit = loop.scheduleTask(in: TimeAmount(Self.patience)) { answer.give(nil) }
            Self.threads.submit { _ in
                let found = resolve(host)
                asking.names.withLock { _ = $0.remove(host) }
                answer.give(found)
                limit.cancel()
            }
        }
    }

    /// All that the system's resolver says; it knows also the old forms of addresses, such as `127.1`.
    static func system(_ host: String) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0, let first = list else { return [] }
        defer { freeaddrinfo(first) }
        return sequence(first: first, next: { $0.pointee.ai_next }).compactMap { entry in
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let (address, length) = (entry.pointee.ai_addr, entry.pointee.ai_addrlen)
            guard getnameinfo(address, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else {
                return nil
            }
            return IPAddress(String(decoding: text.prefix { $0 != 0 && $0 != 0x25 }.map(UInt8.init), as: UTF8.self))
        }
    }
}
