import TocsinCore

/// Which part of a list is asked for: `limit` alerts behind the one with the fingerprint `after`.
///
/// Fingerprints are in order and stay what they are, so that a page is found again however many alerts come and go.
struct AlertPage: Sendable {
    /// The most alerts in a page.
    private static let most = 10_000

    let limit: Int
    let after: UInt64?

    init(_ query: QueryParameters) throws(APIv2Error) {
        limit = Int(query.first("limit") ?? "100") ?? 0
        guard (1...Self.most).contains(limit) else { throw .badRequest("limit must be from 1 to \(Self.most)") }
        guard let text = query.first("after") else {
            after = nil
            return
        }
        guard let fingerprint = UInt64(text, radix: 16) else {
            throw .badRequest("after must be the next of the page before")
        }
        after = fingerprint
    }
}
