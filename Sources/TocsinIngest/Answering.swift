import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import TocsinCore

/// Has requests answered by the router, and writes the answers.
struct Answering: Sendable {
    let router: IngestRouter
    let clock: any WallClock
    let logger: Logger
    private let date = DateHeader()

    init(router: IngestRouter, clock: any WallClock, logger: Logger) {
        self.router = router
        self.clock = clock
        self.logger = logger
    }

    /// Answers one request.
    ///
    /// - Throws: What a connection throws that has ended or speaks no HTTP.
    @concurrent func answer(_ request: Request, with writer: consuming ResponseWriter, on channel: any Channel)
        async throws
    {
        let context = IngestContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        var response: Response
        do {
            response = try await router.respond(to: request, context: context)
        } catch let error as HTTPParserError {
            throw error
        } catch {
            logger.debug("a request was not answered", metadata: [LogKey.error: "\(error)"])
            response = Response(status: .internalServerError, body: .init())
        }
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.date] = date.text(at: clock.now())
        do {
            CrashPoint.pass("http.answer.before")
            try await writer.write(response: response.head, body: response.body)
            CrashPoint.pass("http.answer.after")
        } catch is HTTPParserError {
            // As one of its own it would have a second answer written after this one.
            throw BrokenRequest()
        }
    }

    /// The request's body turned out to be no HTTP when a part of the answer was on its way.
    private struct BrokenRequest: Error {}
}
