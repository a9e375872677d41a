import TocsinCore

/// Keys of AWS that are fetched, and with which a request is signed then.
struct AWSCredential: RequestCredential {
    let source: AWSKeySource
    let region: String
    let service: String
    /// By how much the service's clock is ahead of ours.
    let clockDifference: Duration

    /// One set of keys signs for all services.
    var cacheKey: String { AWSCredential.key(of: ["aws"] + source.parts) }

    func next(_ fetching: CredentialFetching) throws -> CredentialStep {
        switch source.next(fetching.answers[...], fetching) {
        case .send(let request): return .send(request)
        case .failed(let failure): return .failed(failure)
        case .keys(let keys, let end, _):
            let lifetime = end.map { max(.seconds(1), $0 - fetching.now) } ?? .seconds(3600)
            return .fetched(FetchedCredential(keys.values, lifetime: lifetime, now: fetching.now), way: 0)
        }
    }

    func apply(_ fetched: FetchedCredential, to request: inout DeliveryRequest, now: Timestamp) {
        guard let keys = AWSKeys(fetched.values) else { return }
        AWSSignature(keys: keys, region: region, service: service).sign(&request, now: now + clockDifference)
    }

    func isRefused(by response: DeliveryResponse) -> Bool { AWSAnswer.saysExpired(response) }

    func failure(_ detail: String) -> FailureReason { .awsCredentials(detail) }
}

extension FailureReason {
    /// There are no keys for AWS.
    static func awsCredentials(_ detail: String) -> FailureReason {
        FailureReason("aws_credentials_failed", detail: detail)
    }
}
