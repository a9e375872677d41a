import TocsinCore

extension HTTPSettings {
    /// A request with a JSON body, unless the headers say otherwise, and with what the receiver's settings add to it.
    ///
    /// - Parameters:
    ///   - headers: The vendor's own; those of the settings replace them.
    ///   - secrets: What must not be shown wherever it stands in the request.
    func request(
        method: String = "POST", to url: Secret, headers own: [DeliveryRequest.Header] = [], body: [UInt8],
        secrets: [Secret] = []
    ) -> DeliveryRequest {
        var all: [DeliveryRequest.Header] = [
            .init("Content-Type", Secret("application/json"), isSecret: false),
            .init("User-Agent", Secret("Tocsin"), isSecret: false),
        ]
        for added in [own, headers] {
            let names = Set(added.map { $0.name.lowercased() })
            all.removeAll { names.contains($0.name.lowercased()) }
            all += added
        }
        var request = DeliveryRequest(method: method, url: url, headers: all, body: body, secrets: secrets)
        request.client = client
        request.credential = credential
        return request
    }
}

extension DeliveryRequest.Header {
    /// The header that a vendor knows the sender by.
    static func secret(_ name: String, _ value: String) -> DeliveryRequest.Header {
        .init(name, Secret(value), isSecret: true)
    }
}
