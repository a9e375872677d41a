import Foundation
import Testing

@testable import TocsinBench

/// Runs a body while a sink listens; the sink ends with the body.
func withSink<Result: Sendable>(
    _ program: SinkProgram = SinkProgram(), maximumBody: Int = 1 << 20,
    _ body: @escaping @Sendable (Sink, Int) async throws -> Result
) async throws -> Result {
    var options = Sink.Options()
    options.program = program
    options.maximumBody = maximumBody
    let sink = try Sink(options: options)
    let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
    return try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask {
            defer { continuation.finish() }
            try await sink.run { continuation.yield($0) }
            return nil
        }
        group.addTask {
            var iterator = ports.makeAsyncIterator()
            return try await body(sink, try #require(await iterator.next()))
        }
        while let result = try await group.next() {
            if let result {
                group.cancelAll()
                return result
            }
        }
        throw CancellationError()
    }
}

/// Sends one request as it is and reads until the server closes.
///
/// Empty after a reset.
func exchange(_ request: String, port: Int) throws -> String {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    var timeout = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = withUnsafeBytes(of: &address) { bytes in
        bytes.withMemoryRebound(to: sockaddr.self) { pointer in
            pointer.baseAddress.map { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) } ?? -1
        }
    }
    try #require(connected == 0)
    let bytes = Array(request.utf8)
    try #require(write(descriptor, bytes, bytes.count) == bytes.count)
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = read(descriptor, &buffer, buffer.count), count > 0 { answer += buffer[..<count] }
    return String(decoding: answer, as: UTF8.self)
}

/// One request with a body; the status and the body of its answer.
func ask(_ method: String, _ path: String, _ body: String = "", port: Int) throws -> (
    status: Int, head: String, body: String
) {
    let text = try exchange(
        "\(method) \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)",
        port: port)
    let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    return (Int(text.dropFirst(9).prefix(3)) ?? 0, parts.first ?? "", parts.count > 1 ? parts[1] : "")
}
