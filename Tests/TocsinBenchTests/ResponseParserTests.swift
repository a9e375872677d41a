import NIOCore
import Testing

@testable import TocsinBench

@Suite struct ResponseParserTests {
    struct Case: Sendable {
        let text: String
        let statuses: [Int]
        var keepsAlive = true
    }

    static let cases = [
        Case(text: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", statuses: [200]),
        Case(text: "HTTP/1.1 200 OK\r\ncontent-length:   5\r\n\r\nhello", statuses: [200]),
        Case(text: "HTTP/1.1 204 No Content\r\n\r\n", statuses: [204]),
        Case(
            text: "HTTP/1.1 503\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno", statuses: [503], keepsAlive: false
        ),
        Case(text: "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", statuses: [200], keepsAlive: false),
        Case(
            text:
                "HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n",
            statuses: [400]),
        Case(
            text:
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n",
            statuses: [200, 429]),
    ]

    @Test(arguments: cases)
    func readsAnswersWhereverTheyAreCut(_ test: Case) throws {
        let bytes = Array(test.text.utf8)
        for size in [1, 2, 7, bytes.count] {
            var parser = ResponseParser()
            var buffer = ByteBuffer()
            var responses: [ResponseParser.Response] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                buffer.writeBytes(bytes[start..<min(start + size, bytes.count)])
                while let response = try parser.next(&buffer) { responses.append(response) }
            }
            #expect(responses.map(\.status) == test.statuses)
            #expect(responses.allSatisfy { $0.keepsAlive == test.keepsAlive })
            #expect(buffer.readableBytes == 0)
        }
    }

    @Test func anAnswerWithoutLengthEndsWithTheConnection() throws {
        var parser = ResponseParser()
        var buffer = ByteBuffer(string: "HTTP/1.1 200 OK\r\n\r\nuntil the end")
        #expect(try parser.next(&buffer) == nil)
        #expect(parser.finish() == .init(status: 200, keepsAlive: false))
        #expect(parser.finish() == nil)
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n",
        String(repeating: "x", count: 20_000),
    ])
    func refusesWhatIsNoAnswer(_ text: String) {
        var parser = ResponseParser()
        var buffer = ByteBuffer(string: text)
        #expect(throws: ResponseParser.Malformed.self) { try parser.next(&buffer) }
    }
}
