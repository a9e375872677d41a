import ArgumentParser
import TocsinCore

/// Why a command failed, with the exit code that says so to scripts (BSD `sysexits.h`).
struct CommandError: CodedError {
    enum Exit: Int32 {
        /// The answer is no: not found, refused, or something is wrong with what was checked.
        case negative = 1
        /// The command was called wrongly (`EX_USAGE`).
        case usage = 64
        /// Bad input data (`EX_DATAERR`).
        case badData = 65
        /// A service is unavailable (`EX_UNAVAILABLE`).
        case unavailable = 69
        /// A file cannot be made (`EX_CANTCREAT`).
        case cannotCreate = 73
        /// Try again later (`EX_TEMPFAIL`).
        case temporary = 75
        /// A configuration is wrong (`EX_CONFIG`).
        case configuration = 78
    }

    let code: String
    let message: String
    let exitCode: Exit
}
