import ArgumentParser
import TocsinConfiguration

/// A duration as Go's flags take it: `120h`, `1h30m`, `0`.
struct GoDurationOption: ExpressibleByArgument {
    static let zero = GoDurationOption(.zero)

    let duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        guard let duration = GoDuration.parse(argument) else { return nil }
        self.duration = duration
    }

    var defaultValueDescription: String { GoDuration.format(duration) }
}
