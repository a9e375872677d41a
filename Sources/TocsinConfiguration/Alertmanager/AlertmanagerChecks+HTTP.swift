import TocsinAlerts

extension AlertmanagerChecks {
    /// Rules of `prometheus/common` config.HTTPClientConfig.Validate.
    static func httpConfig(_ http: inout AlertmanagerObject) throws(AlertmanagerFault) {
        try atMostOne(http, "bearer_token")
        let hasBearer = http.has("bearer_token") || http.has("bearer_token_file")
        let basic = http.object("basic_auth")
        let oauth = http.object("oauth2")
        if basic != nil || oauth != nil, hasBearer {
            throw AlertmanagerFault(
                "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured")
        }
        if let basic {
            for name in ["username", "password"] where count(basic, name) > 1 {
                throw AlertmanagerFault(
                    "at most one of basic_auth \(name), \(name)_file & \(name)_ref must be configured",
                    at: basic.location)
            }
        }
        try authorization(&http, hasBearer: hasBearer, hasOther: basic != nil || oauth != nil)
        if let oauth {
            guard basic == nil else { throw twoWays }
            try checkOAuth(oauth)
        }
        try proxy(http)
        try checkHeaders(http)
    }

    private static var twoWays: AlertmanagerFault {
        AlertmanagerFault("at most one of basic_auth, oauth2 & authorization must be configured")
    }

    /// In how many ways a secret is given.
    private static func count(_ object: AlertmanagerObject, _ name: String) -> Int {
        [name, name + "_file", name + "_ref"].count { object.has($0) }
    }

    /// Turns the older fields for tokens into the newer one.
    private static func authorization(
        _ http: inout AlertmanagerObject, hasBearer: Bool, hasOther: Bool
    ) throws(AlertmanagerFault) {
        guard var authorization = http.object("authorization") else {
            guard hasBearer else { return }
            var authorization = AlertmanagerObject(.authorization, at: http.location)
            authorization["type"] = .text("Bearer")
            authorization["credentials"] = http["bearer_token"]
            authorization["credentials_file"] = http["bearer_token_file"]
            http["authorization"] = .object(authorization)
            http["bearer_token"] = .none
            http["bearer_token_file"] = .none
            return
        }
        guard !hasBearer else {
            throw AlertmanagerFault("authorization is not compatible with bearer_token & bearer_token_file")
        }
        guard count(authorization, "credentials") <= 1 else {
            throw AlertmanagerFault(
                "at most one of authorization credentials & credentials_file must be configured",
                at: authorization.location)
        }
        let type = authorization.text("type").split(separator: " ").joined(separator: " ")
        guard type.lowercased() != "basic" else {
            throw AlertmanagerFault(
                "authorization type cannot be set to \"basic\", use \"basic_auth\" instead", at: authorization.location)
        }
        guard !hasOther else { throw twoWays }
        authorization["type"] = .text(type.isEmpty ? "Bearer" : type)
        http["authorization"] = .object(authorization)
    }

    private static func checkOAuth(_ oauth: AlertmanagerObject) throws(AlertmanagerFault) {
        for name in ["client_id", "token_url"] where !oauth.has(name) {
            throw AlertmanagerFault("oauth2 \(name) must be configured", at: oauth.location)
        }
        let assertion = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        let isAssertion = oauth.text("grant_type") == assertion
        let credential = isAssertion ? "client_certificate_key" : "client_secret"
        guard count(oauth, credential) <= 1 else {
            throw AlertmanagerFault(
                "at most one of oauth2 \(credential), \(credential)_file & \(credential)_ref must be configured "
                    + "using grant-type=" + (isAssertion ? assertion : "client_credentials"), at: oauth.location)
        }
        let algorithm = oauth.text("signature_algorithm")
        guard !isAssertion || ["", "RS256", "RS384", "RS512"].contains(algorithm) else {
            throw AlertmanagerFault("valid signature algorithms are RS256, RS384 and RS512", at: oauth.location)
        }
    }

    /// Rules of `prometheus/common` config.ProxyConfig.Validate.
    static func proxy(_ http: AlertmanagerObject) throws(AlertmanagerFault) {
        let fromEnvironment = http.bool("proxy_from_environment")
        if http.has("proxy_connect_header"), !fromEnvironment, !http.has("proxy_url") {
            throw AlertmanagerFault(
                "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured")
        }
        if fromEnvironment {
            for name in ["proxy_url", "no_proxy"] where http.has(name) {
                throw AlertmanagerFault("if proxy_from_environment is configured, \(name) must not be configured")
            }
        }
        if http.has("no_proxy"), !http.has("proxy_url") {
            throw AlertmanagerFault("if no_proxy is configured, proxy_url must also be configured")
        }
    }

    private static let reservedHeaders: Set<String> = [
        "authorization", "host", "content-encoding", "content-length", "content-type", "user-agent", "connection",
        "keep-alive", "proxy-authenticate", "proxy-authorization", "www-authenticate", "accept-encoding",
        "x-prometheus-remote-write-version", "x-prometheus-remote-read-version",
        "x-prometheus-scrape-timeout-seconds", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256",
    ]

    /// Rules of `prometheus/common` config.Headers.Validate.
    private static func checkHeaders(_ http: AlertmanagerObject) throws(AlertmanagerFault) {
        let names = http.map("http_headers").keys.sorted()
        if let name = names.first(where: { reservedHeaders.contains($0.lowercased()) }) {
            throw AlertmanagerFault(
                "setting header \(GoQuoting.quote(AlertmanagerNames.header(name))) is not allowed",
                at: http.location(of: "http_headers"))
        }
    }

    /// Rules of `prometheus/common` config.TLSConfig.Validate.
    static func tlsConfig(_ tls: inout AlertmanagerObject) throws(AlertmanagerFault) {
        for name in ["ca", "cert"] where count(tls, name) > 1 {
            throw AlertmanagerFault("at most one of \(name), \(name)_file & \(name)_ref must be configured")
        }
        guard count(tls, "key") <= 1 else {
            throw AlertmanagerFault("at most one of key and key_file must be configured")
        }
        let hasCertificate = count(tls, "cert") > 0
        let hasKey = count(tls, "key") > 0
        if hasCertificate, !hasKey {
            throw AlertmanagerFault(
                "exactly one of key or key_file must be configured when a client certificate is configured")
        }
        if hasKey, !hasCertificate {
            throw AlertmanagerFault(
                "exactly one of cert or cert_file must be configured when a client key is configured")
        }
    }
}
