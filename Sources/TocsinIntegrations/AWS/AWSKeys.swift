import TocsinCore

/// An access key of AWS, with the token that goes with it if it is one that ends.
struct AWSKeys: Sendable, Hashable {
    let accessKey: String
    let secretKey: Secret
    let sessionToken: Secret?

    init(accessKey: String, secretKey: Secret, sessionToken: Secret? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }

    /// The same from ``values``.
    init?(_ values: [Secret]) {
        guard values.count >= 2 else { return nil }
        self.init(
            accessKey: values[0].reveal(), secretKey: values[1], sessionToken: values.count > 2 ? values[2] : nil)
    }

    /// The parts in an order that ``init(_:)`` knows.
    var values: [Secret] { [Secret(accessKey), secretKey] + (sessionToken.map { [$0] } ?? []) }
}
