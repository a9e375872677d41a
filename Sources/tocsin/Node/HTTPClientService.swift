import AsyncHTTPClient
import ServiceLifecycle

/// Shuts the HTTP client down after everything that uses it.
struct HTTPClientService: Service {
    let client: HTTPClient

    func run() async throws {
        try? await gracefulShutdown()
        try await client.shutdown()
    }
}
