public import TocsinCore

/// Why a measurement could not be made.
public struct BenchError: CodedError, Hashable {
    /// A stable word, such as `url_invalid`.
    public let code: String
    /// What is wrong and what to do.
    public let message: String

    init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    static func optionInvalid(_ message: String) -> BenchError { BenchError(code: "option_invalid", message: message) }

    static func unreachable(_ target: BenchTarget, _ cause: any Error) -> BenchError {
        BenchError(
            code: "server_unreachable",
            message: "nothing accepts connections at \(target.host):\(target.port): is the server running? (\(cause))")
    }
}
