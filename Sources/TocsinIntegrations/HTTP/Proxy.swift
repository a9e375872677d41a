import Foundation
public import TocsinCore

/// A server that requests go through.
public struct Proxy: Sendable, Hashable {
    /// How it is spoken to.
    public enum Kind: String, Sendable, Hashable {
        /// HTTP: a tunnel by `CONNECT` to servers that speak TLS, and whole addresses for those that do not.
        case http
        /// SOCKS 5, which is told the name of the server, not its address.
        case socks5
    }

    /// How it is spoken to.
    public let kind: Kind
    /// Its name or address.
    public let host: String
    /// Its port.
    public let port: Int
    /// `user:password` for `Proxy-Authorization`.
    public let credentials: Secret?
    /// What a request for a tunnel says besides.
    public var connectHeaders: [DeliveryRequest.Header] = []

    /// Reads an address such as `http://user:password@proxy.example:3128`.
    ///
    /// - Parameter isBareAllowed: Whether `proxy.example:3128` is an address too, as in the environment.
    /// - Throws: ``ProxyError`` if no such proxy can be spoken to.
    public init(_ address: String, isBareAllowed: Bool = false) throws(ProxyError) {
        let known = ["http", "https", "socks5", "socks5h"]
        var url = URL(string: address)
        if isBareAllowed, !known.contains(url?.scheme?.lowercased() ?? "") { url = URL(string: "http://" + address) }
        guard let url, let scheme = url.scheme?.lowercased(), known.contains(scheme), let host = url.host, !host.isEmpty
        else { throw .notAnAddress }
        switch scheme {
        case "http": kind = .http
        case "https": throw .speaksTLS
        default: kind = .socks5
        }
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = url.port ?? (kind == .http ? 80 : 1080)
        credentials = url.user(percentEncoded: false).map {
            Secret($0 + ":" + (url.password(percentEncoded: false) ?? ""))
        }
        guard kind == .http || credentials == nil else { throw .socksPassword }
    }
}

/// Why a proxy cannot be used.
public enum ProxyError: CodedError, Hashable {
    /// The text is no address of a proxy.
    case notAnAddress
    /// The proxy itself wants TLS.
    case speaksTLS
    /// A SOCKS proxy wants a password.
    case socksPassword

    /// `proxy_invalid` or `proxy_unsupported`.
    public var code: String { self == .notAnAddress ? "proxy_invalid" : "proxy_unsupported" }

    /// What is wrong, without the address, which may hold a password.
    public var message: String {
        switch self {
        case .notAnAddress: "a proxy is an address such as http://proxy.example:3128 or socks5://proxy.example:1080"
        case .speaksTLS:
            "a proxy that is itself spoken to over TLS is not supported; use its http:// port, which tunnels TLS as well"
        case .socksPassword: "a SOCKS proxy with a user and a password is not supported; use an HTTP proxy"
        }
    }
}

/// Which proxy a request goes through.
public enum ProxyRule: Sendable, Hashable {
    /// Whether the environment says which proxy it is, and so the operator.
    public var isEnvironment: Bool {
        guard case .environment = self else { return false }
        return true
    }

    /// None.
    case direct
    /// The one that the environment of this process names.
    case environment(connectHeaders: [DeliveryRequest.Header])
    /// Always this one.
    case always(Proxy)
    /// This one, but for some servers.
    case unless(ProxyExceptions, Proxy)

    /// The proxy for a server, if there is one.
    ///
    /// - Parameters:
    ///   - host: Without brackets.
    ///   - environment: What the environment said when the process started.
    /// - Throws: ``ProxyError`` if the environment names one that cannot be used.
    public func proxy(
        scheme: String, host: String, port: Int, environment: EnvironmentProxies
    ) throws(ProxyError) -> Proxy? {
        switch self {
        case .direct: return nil
        case .always(let proxy): return proxy
        case .unless(let exceptions, let proxy): return exceptions.contains(host: host, port: port) ? nil : proxy
        case .environment(let headers):
            var proxy = try environment.proxy(scheme: scheme, host: host, port: port)
            proxy?.connectHeaders = headers
            return proxy
        }
    }
}

/// What the environment says about proxies: `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, or the same in small letters.
public struct EnvironmentProxies: Sendable {
    private let proxies: [String: Result<Proxy, ProxyError>]
    private let exceptions: ProxyExceptions

    /// Reads the environment, once.
    public init(_ environment: [String: String]) {
        func value(_ name: String) -> String? {
            [name, name.lowercased()].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        var proxies: [String: Result<Proxy, ProxyError>] = [:]
        for scheme in ["http", "https"] {
            guard let address = value(scheme.uppercased() + "_PROXY") else { continue }
            proxies[scheme] = Result { () throws(ProxyError) in try Proxy(address, isBareAllowed: true) }
        }
        self.proxies = proxies
        exceptions = ProxyExceptions(value("NO_PROXY") ?? "")
    }

    fileprivate func proxy(scheme: String, host: String, port: Int) throws(ProxyError) -> Proxy? {
        guard let proxy = proxies[scheme], !exceptions.contains(host: host, port: port) else { return nil }
        return try proxy.get()
    }
}
