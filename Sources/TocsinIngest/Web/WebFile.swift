import Foundation
import Logging
import NIOPosix
import Synchronization
import TocsinConfiguration
import TocsinCore

/// The file that guards an HTTP door, read again for every request and every connection.
///
/// A user or a certificate that is changed counts from then on, without a signal. Reading costs little where nothing has
/// changed: the text is compared, and taken apart only if it is another.
final class WebFile: Sendable {
    private typealias Known = (text: [UInt8]?, result: Result<WebConfiguration, WebConfigurationError>)

    let path: String
    private let logger: Logger
    private let known = Mutex<Known?>(nil)

    init(path: String, logger: Logger) {
        self.path = path
        self.logger = logger
    }

    /// What the file says now; reads it on a thread that may wait for the disk.
    func current() async throws -> WebConfiguration {
        try await NIOThreadPool.singleton.runIfActive { try self.read() }
    }

    /// What the file says now.
    ///
    /// Blocks its thread: not for an event loop.
    func read() throws(WebConfigurationError) -> WebConfiguration {
        let text: Result<[UInt8], WebConfigurationError>
        do throws(WebConfigurationError) { text = .success(try Self.bytes(of: path)) } catch { text = .failure(error) }
        let bytes = try? text.get()
        if let known = known.withLock({ $0 }), known.text == bytes { return try known.result.get() }
        let result: Result<WebConfiguration, WebConfigurationError>
        do throws(WebConfigurationError) {
            let bytes = try text.get()
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw WebConfigurationError("yaml: the file is no UTF-8 text", in: path)
            }
            result = .success(try WebConfiguration.parse(text, path: path))
        } catch {
            // Told once for each text, however many requests meet it.
            logger.error("the web configuration cannot be used", metadata: [LogKey.error: "\(error)"])
            result = .failure(error)
        }
        known.withLock { $0 = (bytes, result) }
        return try result.get()
    }

    /// What a file holds.
    ///
    /// - Parameter what: What the file is for; it stands before the error.
    static func bytes(of path: String, for what: String = "") throws(WebConfigurationError) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            let isMissing = (error as? CocoaError)?.code == .fileReadNoSuchFile
            let reason = isMissing ? "no such file or directory" : "the file cannot be read"
            throw WebConfigurationError(what.isEmpty ? reason : "failed to read \(what): \(reason)", in: path)
        }
    }
}
