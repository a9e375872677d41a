import Logging
import ServiceLifecycle
import TocsinCore
import TocsinRedis
import TocsinStreams

/// Looks at the Redis server once it answers: loads the functions, warns of settings, refuses dangerous ones.
struct StartupCheck: Service {
    let streams: TenantStreams
    let redis: RedisClient
    let needs: ServerNeeds
    let isEmbedded: Bool
    let logger: Logger

    func run() async throws {
        do {
            try await check()
        } catch is CancellationError {
            // Asked to stop while Redis did not answer: that is no failure.
        }
        try? await gracefulShutdown()
    }

    private func check() async throws {
        try await cancelWhenGracefulShutdown {
            while true {
                do {
                    try await redis.waitUntilConnected(timeout: .seconds(10))
                    try await streams.loadFunctions()
                    break
                } catch let error as RedisError where error.isPassing {
                    logger.warning("Redis does not serve yet", metadata: [LogKey.error: "\(error)"])
                    try await Task.sleep(for: .milliseconds(200))
                }
            }
            let findings = try await streams.checkServer(needs)
            for finding in findings {
                logger.log(
                    level: finding.isFatal ? .critical : .warning, "a setting of the Redis server is dangerous",
                    metadata: [LogKey.code: "\(finding.code)", LogKey.issue: "\(finding.message)"])
            }
            if let fatal = findings.first(where: \.isFatal) {
                throw CommandError(code: fatal.code, message: fatal.message, exitCode: .configuration)
            }
            logger.info("Redis is ready")
        }
    }
}
