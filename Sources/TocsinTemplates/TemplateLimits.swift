/// How much one rendering may take, because templates come from tenants.
public struct TemplateLimits: Sendable, Hashable {
    /// The most steps: nodes visited, and bytes read or made by functions.
    public var steps: Int
    /// The most bytes of output, and of any single text that a function makes.
    public var outputBytes: Int
    /// How deep blocks, parentheses and calls of templates may nest together.
    ///
    /// More than the default may not fit on the stack of a thread that has 512 KiB.
    public var depth: Int
    /// How deep lists and maps that a template makes may nest.
    public var valueDepth: Int

    /// Makes limits.
    public init(steps: Int = 2_000_000, outputBytes: Int = 1_048_576, depth: Int = 120, valueDepth: Int = 16) {
        self.steps = steps
        self.outputBytes = outputBytes
        self.depth = depth
        self.valueDepth = valueDepth
    }
}
