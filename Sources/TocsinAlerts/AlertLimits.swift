/// How large a batch and its alerts may be.
public struct AlertLimits: Sendable, Hashable {
    /// The largest request, in bytes.
    public var maxBodyBytes = 4 << 20
    /// The most alerts in a request.
    public var maxAlerts = 10_000
    /// The most labels, and the most annotations, of an alert.
    public var maxLabels = 64
    /// The longest name, in bytes of UTF-8.
    public var maxNameBytes = 1024
    /// The longest value of a label, in bytes of UTF-8.
    public var maxValueBytes = 4096
    /// The longest value of an annotation, and the longest generator URL, in bytes of UTF-8.
    public var maxAnnotationBytes = 16_384

    /// The defaults.
    public init() {}
}
