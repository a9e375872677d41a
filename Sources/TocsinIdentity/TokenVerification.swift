public import TocsinCore

/// Why a token is refused.
///
/// For the audit log: a caller is told only that its token is not valid.
public enum TokenRefusal: String, Sendable, Hashable, CaseIterable {
    /// The text is no token at all.
    case malformed
    /// Its tenant has no token of this id.
    case unknown
    /// Its issuer has no key of the id and for the algorithm that it names.
    case keyUnknown = "key_unknown"
    /// The id is known, the secret is not the right one.
    case wrongSecret = "wrong_secret"
    /// The token was revoked.
    case revoked
    /// The token's time is over.
    case expired
    /// It is meant for somebody else.
    case wrongAudience = "wrong_audience"
    /// Its time has not come.
    case tooEarly = "too_early"
    /// It names no tenant, or several.
    case noTenant = "no_tenant"
}

/// Whether a token is good.
public enum TokenVerdict: Sendable, Equatable {
    /// The caller holds this token.
    case accepted(TokenRecord)
    /// The token must not be believed in anything, its tenant included.
    case refused(TokenRefusal)
}

/// Judges a token by the record that its tenant and id led to, if there is one.
///
/// The secret is compared in constant time, and without a record the same work is done, so that the time of the answer
/// tells neither how much of a guess was right nor whether the id exists. Only the holder of the right secret learns that
/// a token is revoked or expired.
public func verify(token: APIToken, record: TokenRecord?, now: Timestamp) -> TokenVerdict {
    let hash = token.hash
    let isSame = isEqual(hash, record?.hash ?? [UInt8](repeating: 0, count: hash.count))
    guard let record, record.id == token.id, record.tenant == token.tenant else { return .refused(.unknown) }
    guard isSame else { return .refused(.wrongSecret) }
    guard record.revokedAt == nil else { return .refused(.revoked) }
    if let end = record.expiresAt, end <= now { return .refused(.expired) }
    return .accepted(record)
}

/// Compares all bytes, whichever of them differ.
func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for index in left.indices { difference |= left[index] ^ right[index] }
    return difference == 0
}
