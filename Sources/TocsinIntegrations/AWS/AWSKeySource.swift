import Foundation
import TocsinCore

/// Where keys of AWS come from, and the requests by which they are fetched.
///
/// Sources: <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html> and the pages that it leads to.
indirect enum AWSKeySource: Sendable, Hashable {
    /// They are known.
    case fixed(AWSKeys)
    /// The role of the machine: instance metadata, version 2.
    ///
    /// - Parameter endpoint: Without a slash at its end.
    case instance(endpoint: String)
    /// The role of the container or pod.
    case container(url: Secret, authorization: AWSToken?)
    /// A role that an identity token stands for.
    case webIdentity(AWSRole, token: AWSToken, sts: String)
    /// A role that other keys may take on.
    ///
    /// - Parameter region: The region that the request for it is signed for.
    case role(AWSRole, by: AWSKeySource, sts: String, region: String)

    /// What is to be done next.
    enum Step {
        case send(DeliveryRequest)
        /// - Parameters:
        ///   - end: `nil` if the keys have none.
        ///   - used: How many of the answers it took.
        case keys(AWSKeys, end: Timestamp?, used: Int)
        case failed(CredentialFailure)
    }

    /// All that it is made of, to tell one from another.
    var parts: [String] {
        switch self {
        case .fixed(let keys): ["fixed"] + keys.values.map { $0.reveal() }
        case .instance(let endpoint): ["instance", endpoint]
        case .container(let url, let authorization): ["container", url.reveal()] + (authorization?.parts ?? [])
        case .webIdentity(let role, let token, let sts): ["web", sts] + role.parts + token.parts
        case .role(let role, let source, let sts, let region): ["role", sts, region] + role.parts + source.parts
        }
    }

    /// What is to be done next, after these answers.
    func next(_ answers: ArraySlice<DeliveryResponse>, _ fetching: CredentialFetching) -> Step {
        switch self {
        case .fixed(let keys): .keys(keys, end: nil, used: 0)
        case .instance(let endpoint): AWSKeySource.instance(endpoint, answers, fetching)
        case .container(let url, let authorization):
            AWSKeySource.container(url, authorization, answers, fetching)
        case .webIdentity(let role, let token, let sts):
            AWSKeySource.webIdentity(role, token, sts, answers, fetching)
        case .role(let role, let source, let sts, let region):
            AWSKeySource.role(role, by: source, sts, region, answers, fetching)
        }
    }

    /// Source: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html>.
    private static func instance(
        _ endpoint: String, _ answers: ArraySlice<DeliveryResponse>, _ fetching: CredentialFetching
    ) -> Step {
        let known = Array(answers.prefix(3))
        for answer in known where answer.status != 200 {
            return refused(answer, "the instance metadata service answered \(answer.status)", fetching)
        }
        func ask(_ path: String, _ header: DeliveryRequest.Header, method: String = "GET") -> Step {
            .send(request(method, Secret(endpoint + "/latest/" + path), [header]))
        }
        guard let token = known.first else {
            return ask(
                "api/token", .init("X-aws-ec2-metadata-token-ttl-seconds", Secret("21600"), isSecret: false),
                method: "PUT")
        }
        let proof = DeliveryRequest.Header.secret("X-aws-ec2-metadata-token", line(token.text))
        let roles = "meta-data/iam/security-credentials/"
        guard known.count > 1 else { return ask(roles, proof) }
        guard known.count > 2 else { return ask(roles + URLEscaping.path(line(known[1].text)), proof) }
        return keys(inJSON: known[2], used: 3, fetching)
    }

    /// Source: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>.
    private static func container(
        _ url: Secret, _ authorization: AWSToken?, _ answers: ArraySlice<DeliveryResponse>,
        _ fetching: CredentialFetching
    ) -> Step {
        if let answer = answers.first {
            guard answer.status == 200 else {
                return refused(answer, "the container's credentials service answered \(answer.status)", fetching)
            }
            return keys(inJSON: answer, used: 1, fetching)
        }
        guard let authorization else { return .send(request("GET", url, [])) }
        guard let token = authorization.text(fetching) else { return unreadable(authorization) }
        return .send(request("GET", url, [.secret("Authorization", token)]))
    }

    /// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>.
    private static func webIdentity(
        _ role: AWSRole, _ token: AWSToken, _ sts: String, _ answers: ArraySlice<DeliveryResponse>,
        _ fetching: CredentialFetching
    ) -> Step {
        if let answer = answers.first { return keys(inXML: answer, used: 1, fetching) }
        guard let text = token.text(fetching) else { return unreadable(token) }
        return .send(role.request("AssumeRoleWithWebIdentity", to: sts, [("WebIdentityToken", text)]))
    }

    /// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.
    private static func role(
        _ role: AWSRole, by source: AWSKeySource, _ sts: String, _ region: String,
        _ answers: ArraySlice<DeliveryResponse>, _ fetching: CredentialFetching
    ) -> Step {
        switch source.next(answers, fetching) {
        case .keys(let keys, _, let used):
            if let answer = answers.dropFirst(used).first { return self.keys(inXML: answer, used: used + 1, fetching) }
            var message = role.request("AssumeRole", to: sts, role.externalID.map { [("ExternalId", $0)] } ?? [])
            AWSSignature(keys: keys, region: region, service: "sts").sign(&message, now: fetching.now)
            return .send(message)
        case let step: return step
        }
    }

    private static func request(
        _ method: String, _ url: Secret, _ headers: [DeliveryRequest.Header]
    ) -> DeliveryRequest {
        var request = DeliveryRequest(
            method: method, url: url, headers: headers + [.init("User-Agent", Secret("Tocsin"), isSecret: false)],
            body: [])
        request.client.followsRedirects = false
        request.client.asksPlatform = true
        return request
    }

    private static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).first.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
    }

    private static func keys(inJSON answer: DeliveryResponse, used: Int, _ fetching: CredentialFetching) -> Step {
        let members = (try? JSONSerialization.jsonObject(with: Data(answer.body))) as? [String: Any] ?? [:]
        func text(_ name: String) -> String? { members[name] as? String }
        return keys(
            text("AccessKeyId"), text("SecretAccessKey"), text("Token"), text("Expiration"), used, answer, fetching)
    }

    private static func keys(inXML answer: DeliveryResponse, used: Int, _ fetching: CredentialFetching) -> Step {
        guard answer.status == 200 else {
            let code = AWSAnswer.code(answer)
            let detail = "the token service answered \(answer.status)" + (code.isEmpty ? "" : " " + code)
            let reason = FailureReason.awsCredentials(detail)
            guard ["Throttling", "IDPCommunicationError", "RequestExpired", "RequestLimitExceeded"].contains(code)
            else {
                return refused(answer, detail, fetching)
            }
            return .failed(CredentialFailure(reason, outcome: .retry(after: nil, reason: reason)))
        }
        func text(_ name: String) -> String? { AWSAnswer.element(name, of: answer.text) }
        return keys(
            text("AccessKeyId"), text("SecretAccessKey"), text("SessionToken"), text("Expiration"), used, answer,
            fetching)
    }

    private static func keys(
        _ accessKey: String?, _ secretKey: String?, _ token: String?, _ expiration: String?, _ used: Int,
        _ answer: DeliveryResponse, _ fetching: CredentialFetching
    ) -> Step {
        guard let accessKey, let secretKey, !accessKey.isEmpty, !secretKey.isEmpty,
            let end = expiration.flatMap({ Timestamp(rfc3339: $0.utf8) })
        else { return refused(answer, "there are no keys in the answer of the credentials service", fetching) }
        let keys = AWSKeys(accessKey: accessKey, secretKey: Secret(secretKey), sessionToken: token.map(Secret.init))
        return .keys(keys, end: end, used: used)
    }

    private static func refused(_ answer: DeliveryResponse, _ detail: String, _ fetching: CredentialFetching) -> Step {
        .failed(CredentialFailure(.awsCredentials(detail), answer: answer, now: fetching.now))
    }

    private static func unreadable(_ token: AWSToken) -> Step {
        let reason = FailureReason.awsCredentials("the file with the token cannot be read")
        return .failed(CredentialFailure(reason, outcome: .retry(after: nil, reason: reason)))
    }
}
