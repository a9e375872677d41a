/// Turns arguments as kingpin, Alertmanager's parser, takes them into those of this program's.
enum AlertmanagerArguments {
    /// Reads arguments.
    ///
    /// `--flag=` gives an empty value, which this program's parser takes only as a word of its own.
    static func read(_ arguments: [String]) -> [String] {
        arguments.flatMap { argument in
            argument.hasPrefix("--") && argument.hasSuffix("=") ? [String(argument.dropLast()), ""] : [argument]
        }
    }
}
