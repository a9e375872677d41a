import TocsinCore
import TocsinStreams

/// How a batch stands in a journal: its length and a checksum, 4 and 8 bytes, least significant first, then the batch.
///
/// The checksum is there for records that were cut off or half written when the machine stopped; the contents are sealed,
/// and nobody can change them unseen anyway.
enum RingRecord {
    private static let headSize = 12

    static func encode(_ batch: SealedBatch) -> [UInt8] {
        let body = batch.encoded()
        var bytes = little(UInt64(body.count)).prefix(4) + little(FNV64.hash(body))
        bytes += body
        return Array(bytes)
    }

    /// Reads a file up to the first record that is not whole.
    static func decode(_ bytes: [UInt8]) -> [SealedBatch] {
        var batches: [SealedBatch] = []
        var rest = bytes[...]
        while rest.count >= headSize {
            let length = Int(number(rest.prefix(4)))
            let sum = number(rest.dropFirst(4).prefix(8))
            let body = rest.dropFirst(headSize).prefix(length)
            guard body.count == length, FNV64.hash(body) == sum, let batch = SealedBatch(decoding: Array(body)) else {
                break
            }
            batches.append(batch)
            rest = rest.dropFirst(headSize + length)
        }
        return batches
    }

    private static func little(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
