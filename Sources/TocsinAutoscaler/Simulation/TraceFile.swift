public import Foundation
public import TocsinCore

/// A trace from a file: one that was written by a person, or one that an autoscaler recorded.
public enum TraceFile: Sendable {
    /// What was seen at a moment.
    public struct Record: Sendable, Hashable, Codable {
        /// When, in milliseconds since the Unix epoch.
        public var atMilliseconds: Int64
        /// What.
        public var observation: PoolObservation

        /// A record.
        public init(at: Timestamp, observation: PoolObservation) {
            atMilliseconds = at.milliseconds
            self.observation = observation
        }
    }

    /// A load, to be played on a simulated pool.
    case load(LoadTrace)
    /// Observations, to be decided on again; what is decided does not change what was seen.
    case recording([Record])

    /// The most bytes that a file may have.
    private static let mostBytes = 512 << 20

    /// Reads a trace: a JSON object is a load, JSON lines are a recording.
    ///
    /// - Throws: ``TraceError``.
    public static func read(_ data: Data) throws(TraceError) -> TraceFile {
        guard data.count <= mostBytes else { throw TraceError("the trace is larger than 512 MiB") }
        if let trace = try? JSONDecoder().decode(LoadTrace.self, from: data) {
            if let fault = trace.fault { throw TraceError(fault) }
            return .load(trace)
        }
        var records: [Record] = []
        for (index, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            do {
                records.append(try JSONDecoder().decode(Record.self, from: line))
            } catch {
                throw TraceError(
                    "line \(index + 1) is no record of an autoscaler, and the file as a whole is no written trace")
            }
            if records.count > 1, records[records.count - 2].atMilliseconds >= records[records.count - 1].atMilliseconds
            {
                throw TraceError("line \(index + 1) is not later than the one before it")
            }
        }
        guard !records.isEmpty else { throw TraceError("the trace is empty") }
        return .recording(records)
    }

    /// Decides on a recording again, as the policy would have.
    ///
    /// - Returns: The decisions that changed the size. The size is the policy's own: what the recorded pool had is where
    ///   it begins.
    public static func decide(_ records: [Record], _ policy: ScalingPolicy) -> [ScalingDecision] {
        var state = ScalingState()
        var size = records.first?.observation.desired ?? 0
        var changes: [ScalingDecision] = []
        for record in records {
            var seen = record.observation
            seen.desired = size
            let decision: ScalingDecision
            (state, decision) = ScalingLaw.decide(
                state, seen, policy, now: Timestamp(milliseconds: record.atMilliseconds))
            size = decision.size
            if decision.isChange { changes.append(decision) }
        }
        return changes
    }
}

/// Why a trace cannot be played.
public struct TraceError: CodedError, Hashable {
    /// `trace_invalid`.
    public var code: String { "trace_invalid" }
    /// What is wrong, and where.
    public let message: String

    init(_ message: String) { self.message = message }
}
