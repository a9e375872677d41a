/// The place where a source and its targets meet: a rule and the values of its equal labels.
public struct InhibitionMeeting: Sendable, Hashable {
    /// The rule's id.
    public let ruleID: String
    /// The values of the rule's equal labels, in their order; a label that is missing has the empty value.
    public let values: [String]

    /// Makes one.
    public init(ruleID: String, values: [String]) {
        self.ruleID = ruleID
        self.values = values
    }

    /// The bytes that tell this meeting from every other, to be hashed as a list: the rule's id, then the values.
    public var parts: [[UInt8]] { [Array(ruleID.utf8)] + values.map { Array($0.utf8) } }

    /// By bytes, because `String` takes different spellings of a letter for the same and Alertmanager does not.
    public static func == (left: InhibitionMeeting, right: InhibitionMeeting) -> Bool { left.parts == right.parts }

    /// Hashes the parts.
    public func hash(into hasher: inout Hasher) { hasher.combine(parts) }
}
