public import TocsinCore

/// What a rendering may know of the world, given as values because this module reads neither clocks nor files.
public struct TemplateEnvironment: Sendable {
    /// What `now` is.
    public var now: Timestamp
    /// How much a rendering may take.
    public var limits: TemplateLimits
    /// Finds the bytes of a zone's TZif file by its name, such as `Europe/Berlin`.
    ///
    /// The names come from templates: what answers must not let them leave its folder.
    public var zoneFile: @Sendable (String) -> [UInt8]?

    /// Makes an environment that knows no zones but UTC unless it is told how to find them.
    public init(
        now: Timestamp, limits: TemplateLimits = TemplateLimits(),
        zoneFile: @escaping @Sendable (String) -> [UInt8]? = { _ in nil }
    ) {
        self.now = now
        self.limits = limits
        self.zoneFile = zoneFile
    }
}
