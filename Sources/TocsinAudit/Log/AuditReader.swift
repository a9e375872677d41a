import Crypto
public import TocsinCore
public import TocsinStreams

/// Reads an audit log in Redis: its entries, who is meant by them, its keys, its proofs.
public struct AuditReader: Sendable {
    private let streams: TenantStreams
    private let recorder: AuditRecorder
    private let log: TenantID
    private let clock: any WallClock

    /// A reader of one log.
    ///
    /// - Parameter recorder: Changes of the log's keys are recorded by it.
    public init(streams: TenantStreams, recorder: AuditRecorder, log: TenantID, clock: any WallClock) {
        self.streams = streams
        self.recorder = recorder
        self.log = log
        self.clock = clock
    }

    /// An entry, and what it knows of a person.
    public struct Line: Sendable {
        /// Its place in the log.
        public let index: UInt64
        /// Its bytes.
        public let bytes: [UInt8]
        /// The entry; `nil` if this version does not know its form.
        public let entry: AuditEntry?
        /// The person's or program's name; `nil` if there is none, or it was erased.
        public let name: String?
        /// The address; `nil` if there is none, or it was erased.
        public let address: String?
    }

    /// The log's files.
    public var tiles: RedisTiles { RedisTiles(streams: streams, log: log) }

    /// The log's size and the first entry that is kept.
    ///
    /// - Throws: `RedisError`.
    public func bounds() async throws -> (first: UInt64, size: UInt64) {
        let head = try await streams.auditHead(of: log)
        return (head?.first ?? 0, head?.size ?? 0)
    }

    /// Entries, in the order of the log.
    ///
    /// - Throws: ``AuditError``, `RedisError`.
    public func lines(_ range: Range<UInt64>) async throws -> [Line] {
        let (first, size) = try await bounds()
        let range = range.clamped(to: first..<max(first, size))
        guard !range.isEmpty else { return [] }
        var lines: [Line] = []
        for tile in range.lowerBound / TileName.width...(range.upperBound - 1) / TileName.width {
            let start = tile * TileName.width
            let width = Int(min(TileName.width, size - start))
            let entries = try await tiles.entries(TileName(level: nil, index: tile, width: width))
            for (place, bytes) in entries.enumerated() where range.contains(start + UInt64(place)) {
                lines.append(try await line(start + UInt64(place), bytes))
            }
        }
        return lines
    }

    private func line(_ index: UInt64, _ bytes: [UInt8]) async throws -> Line {
        let entry = try? AuditEntry(bytes)
        var fields: PersonalFields?
        if let entry, let sealed = entry.personal,
            let secret = try await streams.auditSubject(sealed.subject, of: log)
        {
            fields = PersonalFields.open(
                sealed, key: PersonalFields.key(subject: secret, entry: entry.id), entry: entry.id)
        }
        return Line(index: index, bytes: bytes, entry: entry, name: fields?.name, address: fields?.address)
    }

    /// The keys that judge the log's heads, the newest last.
    ///
    /// - Throws: ``AuditError``, `RedisError`, `SealingError`.
    public func keys() async throws -> [VerifierKey] {
        try await LogSigners.load(of: log, streams: streams, now: clock.now()).all.map(\.key.verifier)
    }

    /// A proof that an entry is in the log.
    ///
    /// - Parameter revealing: Whether the proof shows what the entry knows of a person.
    /// - Throws: ``AuditError``, `RedisError`, `SealingError`.
    public func proof(of index: UInt64, revealing: Bool) async throws -> InclusionProof {
        let proof = try await InclusionProof.make(of: index, in: tiles, key: nil)
        guard revealing, let entry = try? AuditEntry(proof.entry), let sealed = entry.personal,
            let secret = try await streams.auditSubject(sealed.subject, of: log)
        else { return proof }
        let key = PersonalFields.key(subject: secret, entry: entry.id).withUnsafeBytes { Array($0) }
        return try await InclusionProof.make(of: index, in: tiles, key: key)
    }

    /// Puts a new key into use that signs the log; the old one signs beside it for thirty days.
    ///
    /// - Returns: What judges its signatures.
    /// - Throws: ``AuditError``, `RedisError`, `SealingError`.
    public func rotateSigner(by actor: AuditActor) async throws -> VerifierKey {
        let now = clock.now()
        let signers = try await LogSigners.load(of: log, streams: streams, now: now)
        let origin = AuditLog.origin(of: log, deployment: streams.rootKeyID)
        let (made, version) = (SignerKey.generate(name: origin, kind: .note), (signers.all.last?.version ?? 0) + 1)
        let event = AuditEvent(
            .signerRotate, on: "audit_key/\(version)", by: actor,
            facts: [.init("key", made.verifier.description)])
        return try await recorder.around(event, in: log) {
            guard try await streams.addAuditSigner(LogSigners.record(made, now), version: version, of: log) else {
                throw AuditError(
                    code: "audit_key_taken",
                    message: "somebody else has put a new key into use at the same time: see tocsin audit key")
            }
            return (made.verifier, AuditChange())
        }
    }

    /// Makes what the log knows of a person unreadable; its entries and their proofs stay.
    ///
    /// - Returns: Whether anything was known.
    /// - Throws: ``AuditError``, `RedisError`, `SealingError`.
    public func erase(_ person: String, by actor: AuditActor) async throws -> Bool {
        let subject = recorder.subjects.name(of: person, in: log)
        return try await recorder.around(AuditEvent(.subjectErase, on: "subject/\(subject)", by: actor), in: log) {
            (try await streams.eraseAuditSubject(subject, of: log), AuditChange())
        }
    }
}
