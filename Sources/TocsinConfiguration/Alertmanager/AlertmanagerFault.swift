/// Why an Alertmanager file is no good, and where.
struct AlertmanagerFault: Error {
    let message: String
    /// Not there where the fault was found by somebody who looks at values alone.
    var location: SourceLocation?

    init(_ message: String, at location: SourceLocation? = nil) {
        self.message = message
        self.location = location
    }
}
