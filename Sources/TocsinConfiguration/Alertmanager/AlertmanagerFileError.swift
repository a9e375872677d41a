public import TocsinCore

/// Why a file is no configuration of Alertmanager's.
public struct AlertmanagerFileError: CodedError {
    /// A word that scripts can match; always `alertmanager_file_invalid`.
    public let code = "alertmanager_file_invalid"
    /// What Alertmanager itself says, without secrets.
    public let message: String
    /// Where it is; line 1 and column 1 where nobody knows.
    public let location: SourceLocation

    /// As compilers write it: `file:line:column: error: message [code]`.
    public var description: String {
        "\(location.file):\(location.line):\(location.column): error: \(message) [\(code)]"
    }

    init(_ fault: AlertmanagerFault, file: String) {
        message = fault.message
        location = fault.location ?? SourceLocation(file: file, line: 1, column: 1)
    }
}
