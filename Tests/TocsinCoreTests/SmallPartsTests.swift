import Testing
import TocsinCore

@Suite("Small parts")
struct SmallPartsTests {
    @Test("Records come back as they were written, and cut ones are refused")
    func records() throws {
        var writer = RecordWriter()
        writer.write(signed: -5)
        writer.write(UInt64.max)
        writer.write("é")
        writer.write([1, 2, 3] as [UInt8])
        var reader = RecordReader(writer.bytes)
        #expect(try reader.readInt() == -5)
        #expect(try reader.readUInt() == .max)
        #expect(try reader.readString() == "é")
        #expect(try reader.readBytes() == [1, 2, 3])
        #expect(reader.isAtEnd)
        for length in 0..<writer.bytes.count {
            var cut = RecordReader(Array(writer.bytes.prefix(length)))
            #expect(throws: RecordError.self) {
                _ = try cut.readInt()
                _ = try cut.readUInt()
                _ = try cut.readString()
                _ = try cut.readBytes()
            }
        }
    }

    @Test("A secret is not printed by accident")
    func secrets() {
        let secret = Secret("hunter2")
        #expect(!"\(secret)".contains("hunter2") && !String(reflecting: [secret]).contains("hunter2"))
        #expect(secret.reveal() == "hunter2")
    }

    @Test(
        "The nearest name is offered, but no far one",
        arguments: [("recievers", "receivers"), ("reciever", "receivers"), ("zzz", nil)] as [(String, String?)])
    func nearest(name: String, found: String?) {
        #expect(NearestName.find(name, in: ["receivers", "route", "limits"]) == found)
    }

    @Test("A tenant's name is a safe part of a key", arguments: ["", "A", "a:b", "-a", "a b", "../x", "a{b}"])
    func tenants(name: String) { #expect(TenantID(name) == nil) }

    @Test("A back-off grows to its bound and stays inside its jitter")
    func backoff() {
        let backoff = Backoff(initial: .seconds(1), maximum: .seconds(8))
        var generator = SystemRandomNumberGenerator()
        for (failures, most) in [(1, 1), (2, 2), (3, 4), (4, 8), (400, 8)] {
            let delay = backoff.delay(afterFailures: failures, using: &generator)
            #expect(delay <= .seconds(most) && delay >= .milliseconds(most * 500))
        }
    }
}
