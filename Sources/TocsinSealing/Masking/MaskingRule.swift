/// What becomes of a find.
public enum MaskingAction: String, Sendable, Hashable, CaseIterable {
    /// It stays, whatever later rules say.
    case keep
    /// It is replaced by its kind: `[email]`.
    case redact
    /// Most of it is replaced by `*`, so that a person who knows it recognises it.
    case mask
    /// It is replaced by its kind and a hash with a key of the tenant, equal for equal texts: `[email:0f1e2d3c4b5a6978]`.
    case hash
    /// It is replaced by its kind and its ciphertext under a key of its own, which can be destroyed.
    case encrypt
}

/// Where in an alert a text stands.
public enum MaskingPlace: String, Sendable, Hashable, CaseIterable {
    /// A label's value.
    case labels
    /// An annotation's value.
    case annotations
    /// The generator's address.
    case generatorURL = "generator_url"

    var index: Int {
        switch self {
        case .labels: 0
        case .annotations: 1
        case .generatorURL: 2
        }
    }
}

/// What becomes of some finds in some texts.
public struct MaskingRule: Sendable, Hashable {
    /// Where it holds.
    public var places: Set<MaskingPlace>
    /// In the values of which names; `nil` for all.
    public var names: Set<String>?
    /// For which kinds of finds; `nil` for the whole value, whatever it holds.
    public var kinds: Set<SensitiveKind>?
    /// What becomes of them.
    public var action: MaskingAction

    /// A rule.
    public init(
        places: Set<MaskingPlace> = Set(MaskingPlace.allCases), names: Set<String>? = nil, kinds: Set<SensitiveKind>?,
        action: MaskingAction
    ) {
        self.places = places
        self.names = names
        self.kinds = kinds
        self.action = action
    }
}
