import Foundation

extension ScalingDecision {
    /// The record that is kept of it: JSON with its version.
    ///
    /// A number that JSON cannot hold does not come up: every input is finite.
    public func record() throws -> [UInt8] { Array(try ScalingDecision.encoder.encode(self)) }

    /// Reads a record; `nil` if it is of a version that this one does not know, or is damaged.
    public init?(record: [UInt8]) {
        guard let decision = try? JSONDecoder().decode(ScalingDecision.self, from: Data(record)),
            decision.version == ScalingDecision.recordVersion
        else { return nil }
        self = decision
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
