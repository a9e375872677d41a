import Foundation
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations
import TocsinTesting

/// Where keys of AWS come from, by the settings and the environment.
@Suite("Keys of AWS")
struct AWSCredentialTests {
    private static let now = GeneratedNotification.now

    private func integration(
        _ sigv4: String, _ environment: [String: String] = [:]
    ) throws -> (made: (any Integration)?, issues: [ConfigurationIssue]) {
        let directory = try TemporaryDirectory()
        try directory.write(
            "a:\n  receivers:\n    - {name: t, channel_type: sns, config: {topic_arn: 'arn:x', sigv4: \(sigv4)}}\n",
            to: "receivers.yaml")
        let (configuration, loading) = ConfigurationLoader.load(
            path: try directory.write("", to: "tocsin.yaml"), environment: [:])
        let tenant = try #require(configuration?.tenants.values.first, "\(loading)")
        let issues = IssueCollector()
        let made = IntegrationRegistry.standard.make(
            try #require(tenant.receivers.first), tenant: tenant.id, issues: issues,
            environment: SecretSource(environment: environment, baseDirectory: "/"))
        return (made, issues.issues)
    }

    private func request(_ sigv4: String, _ environment: [String: String] = [:]) throws -> DeliveryRequest {
        let (made, issues) = try integration(sigv4, environment)
        return try #require(made, "\(issues)").request(
            for: MadeIntegration.notification(), attempt: 1, now: AWSCredentialTests.now)
    }

    /// What is asked for the keys, and what comes of the answers.
    private struct Fetch {
        var requests: [DeliveryRequest] = []
        var fetched: FetchedCredential?
        var failure: CredentialFailure?

        init(_ credential: any RequestCredential, _ answers: [DeliveryResponse], file: String? = nil) throws {
            var fetching = CredentialFetching(now: AWSCredentialTests.now, id: "1") { _ in file }
            for index in 0...answers.count {
                fetching.answers = Array(answers.prefix(index))
                switch try credential.next(fetching) {
                case .send(let request): requests.append(request)
                case .fetched(let fetched, _):
                    self.fetched = fetched
                    return
                case .failed(let failure):
                    self.failure = failure
                    return
                }
            }
        }
    }

    private static let end = "2027-01-15T14:00:00Z"
    private static let json = DeliveryResponse.answer(
        200,
        #"{"Code":"Success","AccessKeyId":"ASIA1","SecretAccessKey":"s","Token":"t","Expiration":"\#(end)"}"#)
    private static func sts(_ key: String) -> DeliveryResponse {
        .answer(
            200,
            """
            <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
            <AccessKeyId>\(key)</AccessKeyId><SecretAccessKey>s/+=</SecretAccessKey><SessionToken>t==</SessionToken>
            <Expiration>\(end)</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>
            """)
    }

    private func signer(_ credential: any RequestCredential, _ fetch: Fetch) throws -> String {
        var request = DeliveryRequest(url: Secret("https://x.example/"), headers: [], body: [])
        credential.apply(try #require(fetch.fetched), to: &request, now: AWSCredentialTests.now)
        let name = request.header("Authorization")?.split(separator: "=").dropFirst().first?.split(separator: "/").first
        return String(name ?? "") + " " + (request.header("X-Amz-Security-Token") ?? "")
    }

    @Test("Keys of the settings, of a profile and of the environment sign at once, in this order")
    func fixed() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            "[default]\naws_access_key_id=D\naws_secret_access_key=d\n# x\n[ops]\naws_access_key_id = P\n"
                + "aws_secret_access_key = p\naws_session_token = q\n", to: "credentials")
        let environment = [
            "AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "e", "AWS_REGION": "eu-west-1",
            "AWS_SHARED_CREDENTIALS_FILE": file,
        ]
        for (sigv4, key, token) in [
            ("{access_key: S, secret_key: s}", "S", nil), ("{profile: ops}", "P", "q"), ("{}", "E", nil),
        ] {
            let request = try request(sigv4, environment)
            #expect(request.header("Authorization")?.contains("Credential=\(key)/20270115/eu-west-1/sns/") == true)
            #expect(request.credential == nil && request.header("X-Amz-Security-Token") == token)
        }
        #expect(
            try integration("{region: r, profile: none}", environment).issues.first?.path.hasSuffix("profile") == true)
        #expect(try integration("{region: r, access_key: a}").issues.first?.code == "setting_missing")
        #expect(try integration("{}").issues.first?.message.contains("AWS_REGION") == true)
    }

    @Test("A machine's role is asked for in three steps, by version 2 of the metadata service")
    func instance() throws {
        let credential = try #require(try request("{region: eu-west-1}").credential)
        let fetch = try Fetch(credential, [.answer(200, "tok"), .answer(200, "my-role\n"), AWSCredentialTests.json])
        #expect(fetch.requests.map(\.method) == ["PUT", "GET", "GET"])
        let base = "http://169.254.169.254/latest/"
        #expect(
            fetch.requests.map { $0.url.reveal() } == [
                base + "api/token", base + "meta-data/iam/security-credentials/",
                base + "meta-data/iam/security-credentials/my-role",
            ])
        #expect(fetch.requests[0].header("X-aws-ec2-metadata-token-ttl-seconds") == "21600")
        #expect(fetch.requests[2].header("X-aws-ec2-metadata-token") == "tok")
        #expect(fetch.fetched?.end.rfc3339 == AWSCredentialTests.end)
        #expect(try signer(credential, fetch) == "ASIA1 t")
        // A machine without a role says so.
        let none = try Fetch(credential, [.answer(200, "tok"), .answer(404)])
        #expect(none.failure?.reason.code == "aws_credentials_failed")
        if case .disable? = none.failure?.outcome {} else { Issue.record("\(none)") }
    }

    @Test("A container's role is asked for with the token of its file, as it is then")
    func container() throws {
        let environment = [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/run/token",
        ]
        let credential = try #require(try request("{region: r}", environment).credential)
        let fetch = try Fetch(credential, [AWSCredentialTests.json], file: "pod-token")
        #expect(fetch.requests.first?.url.reveal() == "http://169.254.170.23/v1/credentials")
        #expect(fetch.requests.first?.header("Authorization") == "pod-token")
        #expect(try signer(credential, fetch) == "ASIA1 t")
        let unreadable = try Fetch(credential, [])
        #expect(unreadable.failure?.outcome == .retry(after: nil, reason: try #require(unreadable.failure?.reason)))
        let relative = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1"]
        let task = try Fetch(try #require(try request("{region: r}", relative).credential), [])
        #expect(task.requests.first?.url.reveal() == "http://169.254.170.2/v2/credentials/1")
    }

    @Test("An identity token stands for a role, and that role may take on another")
    func roles() throws {
        let environment = [
            "AWS_WEB_IDENTITY_TOKEN_FILE": "/run/web", "AWS_ROLE_ARN": "arn:aws:iam::1:role/first",
        ]
        let sigv4 = "{region: eu-west-1, role_arn: 'arn:aws:iam::2:role/second', external_id: x1}"
        let credential = try #require(try request(sigv4, environment).credential)
        let fetch = try Fetch(
            credential, [AWSCredentialTests.sts("ASIAWEB"), AWSCredentialTests.sts("ASIAROLE")], file: "jwt.a.b")
        let bodies = fetch.requests.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(fetch.requests.count == 2)
        #expect(
            bodies[0].contains("Action=AssumeRoleWithWebIdentity") && bodies[0].contains("WebIdentityToken=jwt.a.b"))
        #expect(fetch.requests[0].header("Authorization") == nil)
        #expect(bodies[1].contains("Action=AssumeRole&ExternalId=x1&RoleArn=arn%3Aaws%3Aiam%3A%3A2%3Arole%2Fsecond"))
        #expect(
            fetch.requests[1].header("Authorization")?.contains("Credential=ASIAWEB/20270115/eu-west-1/sts/") == true)
        #expect(fetch.requests[1].header("X-Amz-Security-Token") == "t==")
        #expect(fetch.requests.allSatisfy { $0.url.reveal() == "https://sts.eu-west-1.amazonaws.com/" })
        #expect(try signer(credential, fetch) == "ASIAROLE t==")
        let denied = DeliveryResponse.answer(
            403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
        #expect(
            try Fetch(credential, [denied], file: "j").failure?.reason.detail
                == "the token service answered 403 AccessDenied")
        let busy = DeliveryResponse.answer(400, "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>")
        if case .retry? = try Fetch(credential, [busy], file: "j").failure?.outcome {} else { Issue.record("no retry") }
    }

    @Test("Other keys have another place in the store, and keys that ended are fetched anew")
    func store() throws {
        let one = try #require(try request("{region: r}").credential)
        let other = try #require(try request("{region: r, role_arn: 'arn:x'}").credential)
        #expect(one.cacheKey != other.cacheKey && one.cacheKey.count == 64)
        let expired = DeliveryResponse.answer(
            403, "<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>")
        #expect(one.isRefused(by: expired) && !one.isRefused(by: .answer(403)))
    }
}
