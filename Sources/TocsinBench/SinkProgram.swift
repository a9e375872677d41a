/// How a sink answers: first a fixed sequence, then by chance, else as usual.
///
/// As JSON, where everything may be left out:
/// `{"sequence": [{"status": 503, "retryAfterSeconds": 2}], "chances": [{"probability": 0.1, "answer": {"kind": "reset"}}],
/// "usual": {"status": 200, "delayMilliseconds": 5}, "seed": 7}`.
public struct SinkProgram: Sendable, Hashable, Codable {
    /// One answer.
    public struct Answer: Sendable, Hashable, Codable {
        /// What becomes of a request.
        public enum Kind: String, Sendable, Hashable, Codable {
            /// It gets a status.
            case status
            /// It never gets an answer; the connection stays open.
            case hang
            /// Its connection is reset.
            case reset
        }

        /// What becomes of the request.
        public var kind: Kind
        /// The status.
        public var status: Int
        /// How long the answer takes.
        public var delayMilliseconds: Int
        /// The Retry-After header, if any.
        public var retryAfterSeconds: Int?

        /// An answer; the plain one is 200 at once.
        public init(kind: Kind = .status, status: Int = 200, delayMilliseconds: Int = 0, retryAfterSeconds: Int? = nil)
        {
            self.kind = kind
            self.status = status
            self.delayMilliseconds = delayMilliseconds
            self.retryAfterSeconds = retryAfterSeconds
        }

        /// Reads an answer; what is left out is that of the plain one.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            kind = try container.decodeIfPresent(Kind.self, forKey: .kind) ?? .status
            status = try container.decodeIfPresent(Int.self, forKey: .status) ?? 200
            delayMilliseconds = try container.decodeIfPresent(Int.self, forKey: .delayMilliseconds) ?? 0
            retryAfterSeconds = try container.decodeIfPresent(Int.self, forKey: .retryAfterSeconds)
        }

        /// Whether the sender is told that the alerts have arrived.
        var accepts: Bool { kind == .status && (200..<300).contains(status) }

        fileprivate var isPossible: Bool {
            (200...599).contains(status) && (0...3_600_000).contains(delayMilliseconds)
                && retryAfterSeconds.map { (0...86_400).contains($0) } ?? true
        }
    }

    /// An answer that some requests get.
    public struct Chance: Sendable, Hashable, Codable {
        /// The part of the requests, 0 to 1.
        public var probability: Double
        /// Their answer.
        public var answer: Answer

        /// An answer with its probability.
        public init(probability: Double, answer: Answer) {
            self.probability = probability
            self.answer = answer
        }
    }

    /// The answers of the first requests, in order.
    public var sequence: [Answer]
    /// Answers by chance of all later requests; the probabilities add up to 1 at most.
    public var chances: [Chance]
    /// The answer of all others.
    public var usual: Answer
    /// Where the chances come from; the same seed and the same order of requests give the same answers.
    public var seed: UInt64

    /// A program; the plain one accepts everything at once.
    public init(sequence: [Answer] = [], chances: [Chance] = [], usual: Answer = Answer(), seed: UInt64 = 1) {
        self.sequence = sequence
        self.chances = chances
        self.usual = usual
        self.seed = seed
    }

    /// Reads a program; what is left out is that of the plain one.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        sequence = try container.decodeIfPresent([Answer].self, forKey: .sequence) ?? []
        chances = try container.decodeIfPresent([Chance].self, forKey: .chances) ?? []
        usual = try container.decodeIfPresent(Answer.self, forKey: .usual) ?? Answer()
        seed = try container.decodeIfPresent(UInt64.self, forKey: .seed) ?? 1
    }

    /// Refuses a program that cannot be followed.
    func check() throws(BenchError) {
        let answers = sequence + chances.map(\.answer) + [usual]
        guard answers.allSatisfy(\.isPossible) else {
            throw .optionInvalid(
                "an answer needs a status of 200 to 599, a delay of at most 1 h, a Retry-After of at most 1 d")
        }
        guard chances.allSatisfy({ (0...1).contains($0.probability) }),
            chances.reduce(0, { $0 + $1.probability }) <= 1.000_001
        else { throw .optionInvalid("the probabilities must be 0 to 1 each and 1 together at most") }
    }
}

/// A program being followed.
struct SinkScript {
    private let program: SinkProgram
    private var position = 0
    private var random: UInt64

    init(_ program: SinkProgram) {
        self.program = program
        random = program.seed
    }

    /// The answer of the next request.
    mutating func next() -> SinkProgram.Answer {
        if position < program.sequence.count {
            position += 1
            return program.sequence[position - 1]
        }
        guard !program.chances.isEmpty else { return program.usual }
        var rest = draw()
        for chance in program.chances {
            rest -= chance.probability
            if rest < 0 { return chance.answer }
        }
        return program.usual
    }

    /// A number in 0..<1 (SplitMix64).
    private mutating func draw() -> Double {
        random &+= 0x9E37_79B9_7F4A_7C15
        var mixed = random
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ (mixed >> 31)) >> 11) / Double(1 << 53)
    }
}
